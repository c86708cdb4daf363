"""Finds text that speaks to the judge instead of answering: instructions, forged answers, turns.

The idea: no response has a reason to demand a grade for itself. What is found here is a suspicion,
not a proof: it holds the verdict at borderline and never rejects. Invariants: deterministic; linear
in the text; each quote stands verbatim in the text at its offset, also where the words were
disguised (then the quote is the opening of the text that hides them).

Ideas of attack after HouYi, BIPIA and RobustJudge (arXiv 2306.05499, 2312.14197, 2506.09443); the
patterns are our own.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from assay.verifiers.patterns import Pattern, compile_pattern
from assay_judge.hostile.disguises import may_be_disguised, may_be_encoded, undisguised
from assay_judge.hostile.folding import fold_hostile, original_span
from assay_judge.hostile.forgery import forgery_anchors, forgery_rules
from assay_judge.hostile.rules import Hit, Rule, anchors_of, rules_of
from assay_judge.hostile.wording.catalogue import WORDINGS

QUOTE_CONTEXT = 60  # folded characters shown on each side of what was found
MAX_QUOTE = 240
OBFUSCATED = "obfuscated"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Words that seem to speak to the judge; `quote` stands in the text at offset `start`."""

    kind: str
    quote: str
    start: int


class _Group(NamedTuple):
    """Rules of one language; none holds in a text in which `gate` finds nothing."""

    gate: Pattern
    rules: tuple[Rule, ...]


def find_injections(text: str, *, is_response: bool) -> tuple[Suspicion, ...]:
    """Return what in `text` is meant for the judge, at most one suspicion per kind, by offset.

    Args:
        text: one field of a sample.
        is_response: whether it is the judged response. Elsewhere "ignore the above" is what users
            write to assistants, so only words for graders, forged answers and turns count.
    """
    folded = fold_hostile(text)
    if not _may_hold(text, folded):
        return ()
    found = {hit.kind: hit for hit in reversed(_hits(folded, is_response))}
    suspicions = [_suspicion(text, hit) for hit in found.values()]
    for hidden in undisguised(text, folded):
        if _hits(hidden, is_response):
            suspicions.append(Suspicion(OBFUSCATED, text[:MAX_QUOTE], 0))
            break
    return tuple(sorted(suspicions, key=lambda s: (s.start, s.kind)))


def may_hold_injections(text: str) -> bool:
    """Return False only if `find_injections` finds nothing in any part of `text` between its lines.

    So the texts of a sample, a line break between them, need one look together and not one each.
    """
    return _may_hold(text, fold_hostile(text))


def _may_hold(text: str, folded: str) -> bool:
    gate = _groups()[0].gate
    return gate.search(folded) is not None or may_be_disguised(folded) or may_be_encoded(text)


def _hits(folded: str, is_response: bool) -> list[Hit]:
    whole, *languages = _groups()
    if whole.gate.search(folded) is None:
        return []
    groups = (whole, *(group for group in languages if group.gate.search(folded) is not None))
    hits = (
        rule.first_hit(folded)
        for group in groups
        for rule in group.rules
        if is_response or rule.in_evidence
    )
    return sorted((hit for hit in hits if hit is not None), key=lambda hit: hit.start)


def _suspicion(text: str, hit: Hit) -> Suspicion:
    start, end = original_span(text, max(0, hit.start - QUOTE_CONTEXT), hit.end + QUOTE_CONTEXT)
    return Suspicion(hit.kind, text[start:end][:MAX_QUOTE], start)


@cache
def _groups() -> tuple[_Group, ...]:
    """What holds in every language, behind the gate of all of them; then each language's own.

    `^` and `$` mean lines in that gate, so that parts of a text count as texts.
    """
    gate = compile_pattern(f"(?m){anchors_of(WORDINGS, forgery_anchors())}")
    own = (_Group(compile_pattern(anchors_of((w,))), tuple(rules_of(w))) for w in WORDINGS)
    return _Group(gate, tuple(forgery_rules(WORDINGS))), *own
