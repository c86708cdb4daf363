"""What a verifier decided about a response: checked claims and the defects among them."""

from dataclasses import dataclass

from assay.domain.action import Place


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect that code verified, with the words that prove it.

    Attributes:
        kind: the defect kind, for example `incorrect_computation` or `invalid_tool_call`.
        place: where it stands; `place.quote` is verbatim in that field of that message.
        reason: one sentence for a person: what was expected, what was found.
        hard: whether the defect rejects whatever the scores say.
        code: the short name of the check that failed, for example `missing_argument`.
    """

    kind: str
    place: Place
    reason: str
    hard: bool
    code: str


@dataclass(frozen=True, slots=True)
class Report:
    """A verifier's answer. `num_checked` counts the claims it could decide (0: no evidence)."""

    verifier: str
    num_checked: int
    findings: tuple[Finding, ...] = ()
