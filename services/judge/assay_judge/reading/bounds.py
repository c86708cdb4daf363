"""How much an answer of the judge may hold; every part of a form has an upper bound.

Bounds count characters as a reader of the JSON sees them (an escape is one character). Without
them a model can write white space or a loop until its context is full, measured on vLLM 0.32.0.
"""

from dataclasses import astuple, dataclass

MIN_CLAIMS = 2
MIN_DEFECTS = 2
MIN_CHARS = 60


@dataclass(frozen=True, slots=True)
class Bounds:
    """Upper bounds of an evidence form: how many claims and defects, how long each text."""

    num_claims: int = 8
    quote_chars: int = 200
    num_defects: int = 4
    why_chars: int = 160
    note_chars: int = 160

    def __post_init__(self) -> None:
        if min(astuple(self)) < 1:
            raise ValueError(f"expected bounds of at least 1, found {self}; raise them")

    def smaller(self) -> "Bounds":
        """Return about half of these bounds, for another try after an answer that did not end.

        Bounds at their minimum (2 claims, 2 defects, 60 characters) stay as they are.
        """
        return Bounds(
            num_claims=_half(self.num_claims, MIN_CLAIMS),
            quote_chars=_half(self.quote_chars, MIN_CHARS),
            num_defects=_half(self.num_defects, MIN_DEFECTS),
            why_chars=_half(self.why_chars, MIN_CHARS),
            note_chars=_half(self.note_chars, MIN_CHARS),
        )


def _half(bound: int, minimum: int) -> int:
    return min(bound, max(bound // 2, minimum))
