"""What the model said of one turn, whatever the mode: scores, findings, answers, its own words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assay.domain.judgement import Defect, DefectStatus, DimensionScore
from assay_judge.engine.desk import Desk
from assay_judge.engine.drafting import Draft
from assay_judge.engine.quoting import Located
from assay_judge.engine.subject import Subject
from assay_judge.reading.outline import INJECTION

INJECTION_CLAIMED = "injection_claimed"
INJECTION_READ = "injection_read"
DETECTOR = "judge"
_NOT_APPLICABLE = "n/a"


@dataclass(frozen=True, slots=True)
class Opinion:
    """The model's answers, combined.

    Attributes:
        checks: P(yes) of each check that was asked, 0..1.
        raw: the texts that it wrote, in the order of the calls.
    """

    mode: str
    scores: Mapping[str, DimensionScore]
    defects: tuple[Defect, ...]
    flags: tuple[str, ...] = ()
    checks: Mapping[str, float] = field(default_factory=dict)
    num_fabricated: int = 0
    raw: tuple[str, ...] = ()


def applicable(drafts: Iterable[Draft], subject: Subject, desk: Desk) -> tuple[str, ...]:
    """The dimensions to score: without those that every draft notes as `n/a`.

    One with a floor is always scored, for a note of the model must not lift a floor.
    """
    omitted = set[str].intersection(*(_omitted(draft.notes) for draft in drafts)) - desk.floored
    if not omitted:
        return subject.dimensions
    return tuple(name for name in subject.dimensions if name not in omitted)


def all_scores(scores: Mapping[str, DimensionScore], desk: Desk) -> Mapping[str, DimensionScore]:
    """Scores of every dimension of the rubric, `not_applicable` where none was read."""
    return {name: scores.get(name) or DimensionScore() for name in desk.dimensions}


def to_confirm(claims: Iterable[Located], desk: Desk) -> tuple[Located, ...]:
    """The claims that reject when verified, and are therefore put to the model again."""
    return tuple(c for c in claims if c.kind in desk.hard) if desk.defences.confirm else ()


def defects_of(
    claims: Sequence[Located], confirmed: Mapping[Located, float], subject: Subject, desk: Desk
) -> tuple[Defect, ...]:
    """Return the claims as defects; `confirmed` holds P(yes) where a read was made."""
    return tuple(
        Defect(
            kind=claim.kind,
            status=_status(claim, confirmed.get(claim), desk),
            quote=claim.quote,
            message=subject.turn,
            field=claim.field,
            detector=DETECTOR,
            reason=claim.why,
            probability=_thousandths(confirmed.get(claim)),
        )
        for claim in claims
    )


def injection_flags(
    claims: Iterable[Located], suspicion: float | None, desk: Desk
) -> tuple[str, ...]:
    """Flags of the model's own suspicion: a read can only add one, or refute the model's claim."""
    if not desk.defences.detect_injection:
        return ()
    is_claimed = any(claim.kind == INJECTION for claim in claims)
    if suspicion is not None and suspicion >= desk.settings.suspect_at:
        return (INJECTION_READ,)
    if is_claimed and (suspicion is None or suspicion >= desk.settings.refute_below):
        return (INJECTION_CLAIMED,)
    return ()


def _omitted(notes: Mapping[str, str]) -> set[str]:
    """The dimensions that a draft calls not applicable; the mark is rare, and looked for first."""
    return {
        n for n, note in notes.items() if "/" in note and note.strip().lower() == _NOT_APPLICABLE
    }


def _thousandths(probability: float | None) -> int | None:
    return None if probability is None else round(1000 * probability)


def _status(claim: Located, probability: float | None, desk: Desk) -> DefectStatus:
    if claim.kind not in desk.hard:
        return DefectStatus.CLAIMED
    if probability is None:
        return DefectStatus.UNVERIFIED if desk.defences.confirm else DefectStatus.VERIFIED
    if probability >= desk.settings.confirm_at:
        return DefectStatus.VERIFIED
    if probability < desk.settings.refute_below:
        return DefectStatus.REFUTED
    return DefectStatus.UNVERIFIED
