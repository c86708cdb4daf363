"""What of the model's evidence counts: that whose quote stands verbatim in the response.

Invariant: whatever leaves this module with a quote has it from the response itself; the rest is
dropped and counted. A hijacked model can therefore quote nothing but what it was shown anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay_judge.engine.subject import Field
from assay_judge.reading.form import Claim, Evidence
from assay_judge.reading.quotes import find_quote


@dataclass(frozen=True, slots=True)
class Located:
    """A claimed defect and the field of the response in which its quote stands."""

    kind: str
    quote: str
    field: str
    why: str

    def overlaps(self, other: "Located", fields: Sequence[Field]) -> bool:
        """Whether both are of one kind and share words of the response."""
        if (self.kind, self.field) != (other.kind, other.field):
            return False
        text = next((field.text for field in fields if field.name == self.field), "")
        start, other_start = text.find(self.quote), text.find(other.quote)
        if min(start, other_start) < 0:
            return self.quote == other.quote
        return start < other_start + len(other.quote) and other_start < start + len(self.quote)


@dataclass(frozen=True, slots=True)
class Checked:
    """Evidence after the check: the claims and defects that count, and how many did not."""

    lang: str
    claims: tuple[Claim, ...]
    defects: tuple[Located, ...]
    num_fabricated: int


def check_quotes(evidence: Evidence, fields: Sequence[Field], *, is_on: bool = True) -> Checked:
    """Drop every claim and defect whose quote does not stand in a field of the response.

    `is_on` False takes every quote as it is (attack suite only).
    """
    claims: list[Claim] = []
    for claim in evidence.claims:
        found = locate(claim.quote, fields, is_on=is_on)
        if found is not None:
            claims.append(replace(claim, quote=found.text))
    defects: list[Located] = []
    for defect in evidence.defects:
        found = locate(defect.quote, fields, is_on=is_on)
        if found is not None:
            defects.append(Located(defect.kind, found.text, found.name, defect.why))
    num_given = len(evidence.claims) + len(evidence.defects)
    num_fabricated = num_given - len(claims) - len(defects)
    return Checked(evidence.lang, tuple(claims), tuple(defects), num_fabricated)


def locate(quote: str, fields: Sequence[Field], *, is_on: bool = True) -> Field | None:
    """Return the first field that holds `quote`, with the words as they stand in it."""
    if not is_on:
        return Field("content", quote)
    for field in fields:
        found = find_quote(quote, field.text)
        if found is not None:
            return Field(field.name, found)
    return None
