"""How wording becomes a rule: an anchor, and what must stand near it.

The idea: a phrase such as "10 out of 10" is common, and so is "this answer"; only together with a
demand, within a short stretch, do they speak to a grader. Order is free, since languages differ in
it. Invariant: linear in the text, for each anchor costs a fixed window and windows are not repeated
within half their reach.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from assay.verifiers.patterns import Pattern, compile_pattern
from assay_judge.hostile.folding import fold_hostile
from assay_judge.hostile.wording.entry import Wording

REACH = 140  # folded characters that an anchor looks to each side
STRIDE = REACH // 2

# A top grade as a number without a unit: at the end of a clause, or before "for" and the like.
_BARE_GRADE = compile_pattern(
    r"(?:^|[^\d.,:/%-])(?:5|10|five|ten)(?:\s*(?:[.!;,)。]|\n|$)"
    r"|\s+(?:em|en|in|auf|fur|for|voor|pour|per|na|za|ve|sein|on|op|a|por|ke)\s"
    r"|\s*(?:لكل|في|を|로"
    r"|で))"
)


class Hit(NamedTuple):
    """Where in the folded text a rule's anchor stands."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds where `anchor` stands, each of `needs` within reach, and `excuse` does not.

    Attributes:
        kind: what the text then is suspected of.
        anchor: what is looked for in the whole text.
        needs: what must stand within reach of it.
        excuse: what, within reach, makes it ordinary text.
        in_evidence: whether it counts in text that is not the judged response.
    """

    kind: str
    anchor: Pattern
    needs: tuple[Pattern, ...] = ()
    excuse: Pattern | None = None
    in_evidence: bool = True

    def first_hit(self, text: str) -> Hit | None:
        """Return the first place in the folded `text` where the rule holds."""
        if any(need.search(text) is None for need in self.needs):
            return None
        next_start = 0
        for match in self.anchor.finditer(text):
            if match.start() < next_start:
                continue
            next_start = match.start() + STRIDE
            if self._holds(text[max(0, match.start() - REACH) : match.end() + REACH]):
                return Hit(self.kind, match.start(), match.end())
        return None

    def _holds(self, window: str) -> bool:
        if any(need.search(window) is None for need in self.needs):
            return False
        return self.excuse is None or self.excuse.search(window) is None


def fold_pattern(pattern: str) -> str:
    """Return `pattern` as folded text is: syntax stays, letters fold, a space is any gap."""
    folded = (
        fold_hostile(character) if not character.isascii() or character == "'" else character
        for character in pattern
    )
    return "".join(folded).replace(" ?", r"\s*").replace(" ", r"\s+")


def joined(*alternatives: str) -> Pattern:
    """Compile alternatives as one pattern over folded text."""
    return compile_pattern(_joined(alternatives))


def _joined(alternatives: Iterable[str]) -> str:
    return "|".join(f"(?:{fold_pattern(a)})" for a in alternatives)


def rules_of(wording: Wording) -> Iterator[Rule]:
    """Return the rules that one language's wording makes."""
    top, direct = joined(*wording.top), joined(*wording.direct)
    excuse = joined(*wording.excuse)
    graded = joined(*wording.top, *wording.merit)
    yield Rule("grader_instruction", top, (joined(*wording.target),))
    yield Rule("grader_instruction", top, (joined(*wording.loose, *wording.every), direct), excuse)
    yield Rule("grader_instruction", top, (joined(*wording.grader), direct), excuse)
    meant = joined(*wording.grader, *wording.target, *wording.every)
    yield Rule("grader_instruction", meant, (_BARE_GRADE, direct), excuse)
    yield Rule("grader_instruction", joined(*wording.address), (graded,))
    yield Rule("ignore_instructions", joined(*wording.ignore), in_evidence=False)
    yield Rule("fake_reasoning", top, (joined(*wording.verified),), excuse)
    yield Rule("fake_reasoning", top, (joined(*wording.thus), joined(*wording.target)))
    policy_on = joined(*wording.top, *wording.target)
    yield Rule("policy_claim", joined(*wording.policy), (policy_on,))
    pressed = joined(*wording.top, *wording.grader)
    yield Rule("flattery_or_threat", joined(*wording.pressure), (pressed,))


def anchors_of(wordings: Iterable[Wording], others: Iterable[str] = ()) -> str:
    """Return a pattern that finds something in every text in which a rule can hold."""
    fields = (
        (w.top, w.grader, w.target, w.every, w.address, w.ignore, w.policy, w.pressure)
        for w in wordings
    )
    return _joined((*(p for field in fields for patterns in field for p in patterns), *others))
