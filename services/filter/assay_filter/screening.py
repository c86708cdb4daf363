"""Carries one input line through the rules: adapts it, applies fixes, collects what was said.

All rules run on every sample whose structure allows it; nothing is decided here. A rule that fails
puts its sample into the state `error`, with the rule's name, and never ends the run.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assay.datasets.adapters import Adapted, BadLine, adapt_line
from assay.datasets.canonical import sample_id, to_sample
from assay.datasets.lines import RawLine
from assay.domain.action import Action, Drop, Edit, Fix, Flag, Keep, Place
from assay.domain.errors import InputError, RuleError
from assay.domain.sample import JsonObject, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits
from assay_filter.rules.rule import PayloadRule, Rule, RuleSettings
from assay_filter.rules.trunc_cap_pileup import CapPileup

UNREADABLE = "unreadable"  # the format of bad lines
QUARANTINED = "quarantined"  # the format of lines that ended the process that read them
WORKER_DIED = "worker.died"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing a rule said of a sample; `action` is fix, flag, note, drop or error."""

    rule: str
    version: int
    action: str
    reason: str
    value: float | None = None
    threshold: float | None = None
    defect: str | None = None
    place: Place | None = None
    edits: tuple[Edit, ...] = ()
    before_sha256: str | None = None
    after_sha256: str | None = None


@dataclass(slots=True)
class Screened:
    """A line after the rules: the mended payload, its attributes and all hits."""

    line: int
    sample_id: str
    format: str
    payload: JsonObject | None = None
    sample: Sample | None = None
    view: View | None = None
    raw: bytes | None = None
    hits: list[Hit] = field(default_factory=list)
    measures: dict[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()
    attributes: JsonObject = field(default_factory=dict)  # id, type, language, metadata, source

    def rules_with(self, action: str) -> list[str]:
        """Ids of the rules that took `action`, each once, in order."""
        return list(dict.fromkeys(hit.rule for hit in self.hits if hit.action == action))


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The enabled rules in the order in which they run."""

    payload_rules: Sequence[PayloadRule[RuleSettings]]
    rules: Sequence[Rule[RuleSettings]]
    cap_pileup: CapPileup | None = None


def hit_of(rule_id: str, version: int, action: Action) -> Hit:
    """Return the record of a drop or a flag.

    Raises:
        RuleError: the action is neither.
    """
    if isinstance(action, Drop):
        name = "drop"
    elif isinstance(action, Flag):
        name = "flag" if action.caps else "note"
    else:
        raise RuleError(f"{rule_id} may drop or flag here, found {action!r}")
    return Hit(
        rule_id,
        version,
        name,
        action.reason,
        action.value,
        action.threshold,
        action.defect,
        action.place,
    )


def screen(raw: RawLine, rules: RuleSet) -> Screened:
    """Return what the rules say of one input line."""
    adapted = adapt_line(raw)
    if isinstance(adapted, BadLine):
        return _screen_bad(raw, adapted)
    screened = Screened(
        raw.number,
        sample_id(adapted.payload),
        adapted.format,
        adapted.payload,
        notes=adapted.notes,
    )
    screened.attributes = {
        "id": adapted.id,
        "type": adapted.type.value,
        "language": adapted.language,
        "metadata": adapted.metadata,
        "source": adapted.source,
    }
    for payload_rule in rules.payload_rules:
        _apply_payload_rule(payload_rule, screened)
    screened.sample = _build_sample(screened, adapted)
    if screened.sample is None:
        return screened
    screened.view = View(screened.sample)
    for rule in rules.rules:
        try:
            actions = list(rule.check(screened.view))
            if actions:
                _carry_out(rule.id, rule.version, actions, screened, adapted)
        except Exception as exc:  # noqa: BLE001  one sample's failure is its own, not the run's
            screened.hits.append(_failure(rule.id, rule.version, exc))
    return screened


def quarantine(raw: RawLine) -> Screened:
    """Return the record of a line that ended its worker each time: kept apart, to be tried again.

    Nothing in it is looked at, for that is what ended the worker; its address is as a bad line's.
    """
    screened = _kept_raw(raw, QUARANTINED)
    screened.hits.append(died_hit())
    return screened


def died_hit() -> Hit:
    """Return what is said of a sample that ended its worker."""
    return Hit(
        WORKER_DIED,
        1,
        "error",
        "the worker process ended on this sample each time (killed, out of memory or of time), and "
        "on no other of its chunk",
    )


def _screen_bad(raw: RawLine, bad: BadLine) -> Screened:
    """A bad line is a sample too: its address is the digest of its bytes."""
    screened = _kept_raw(raw, UNREADABLE)
    screened.hits.append(Hit(bad.rule, 1, "drop", bad.reason))
    return screened


def _kept_raw(raw: RawLine, format_name: str) -> Screened:
    if raw.oversize is not None:
        digest, kept = raw.oversize.sha256, raw.oversize.head
    else:
        kept = raw.data or b""
        digest = hashlib.sha256(kept).hexdigest()
    return Screened(raw.number, digest, format_name, raw=kept)


def _apply_payload_rule(rule: PayloadRule[RuleSettings], screened: Screened) -> None:
    assert screened.payload is not None
    try:
        actions = list(rule.check(screened.payload))
        _record(rule.id, rule.version, actions, screened)
    except Exception as exc:  # noqa: BLE001  one sample's failure is its own, not the run's
        screened.hits.append(_failure(rule.id, rule.version, exc))


def _carry_out(
    rule_id: str, version: int, actions: Iterable[Action], screened: Screened, adapted: Adapted
) -> None:
    """Record what a rule said; after a fix the later rules see the mended sample."""
    if _record(rule_id, version, actions, screened):
        assert screened.payload is not None
        screened.sample = _typed(screened.payload, adapted)
        screened.view = View(screened.sample)


def _failure(rule_id: str, version: int, exc: Exception) -> Hit:
    return Hit(rule_id, version, "error", f"the rule failed: {type(exc).__name__}: {exc}"[:500])


def _build_sample(screened: Screened, adapted: Adapted) -> Sample | None:
    assert screened.payload is not None
    try:
        return _typed(screened.payload, adapted)
    except InputError as exc:
        if not any(hit.action in ("drop", "error") for hit in screened.hits):
            screened.hits.append(Hit("schema.messages", 1, "drop", str(exc)))
        return None


def _typed(payload: JsonObject, adapted: Adapted) -> Sample:
    return to_sample(
        payload,
        id=adapted.id,
        type=adapted.type,
        language=adapted.language,
        metadata=adapted.metadata,
        source=adapted.source,
    )


def _record(rule_id: str, version: int, actions: Iterable[Action], screened: Screened) -> bool:
    """Record `actions`, apply the fixes among them; tells whether the payload changed."""
    changed = False
    for action in actions:
        if isinstance(action, Keep):
            screened.measures[rule_id] = action.value
        elif isinstance(action, Fix):
            screened.hits.append(_fix(rule_id, version, action, screened))
            changed = True
        else:
            screened.hits.append(hit_of(rule_id, version, action))
    return changed


def _fix(rule_id: str, version: int, fix: Fix, screened: Screened) -> Hit:
    if screened.payload is None or not fix.edits:
        raise RuleError(f"{rule_id} offered a fix without edits")
    fixes = (hit.after_sha256 for hit in reversed(screened.hits) if hit.action == "fix")
    before = next(fixes, None) or screened.sample_id  # the digest of the payload as it stands
    screened.payload = apply_edits(screened.payload, fix.edits)
    return Hit(
        rule_id,
        version,
        "fix",
        fix.reason,
        fix.value,
        edits=fix.edits,
        before_sha256=before,
        after_sha256=sample_id(screened.payload),
    )
