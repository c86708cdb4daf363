"""What varies between evidence forms: the names that a rubric brings, and the bounds."""

from dataclasses import dataclass

from assay.domain.rubric import Rubric
from assay_judge.reading.bounds import Bounds

INJECTION = "injection"  # the response addresses the judge; not a rubric's defect but always asked
SUPPORTS = ("supported", "contradicted", "unsupported", "n/a")
DIGITS = ("1", "2", "3", "4", "5")
SOURCE_PATTERN = r"^([DTU][1-9][0-9]?|-)$"  # document, tool output, user turn; - is none
LANGUAGE_PATTERN = r"^[a-z]{2,3}$"


@dataclass(frozen=True, slots=True)
class Outline:
    """The names in a form, in the order in which they are written."""

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    with_scores: bool
    bounds: Bounds

    @classmethod
    def of(cls, rubric: Rubric, *, with_scores: bool, bounds: Bounds) -> "Outline":
        kinds = tuple(dict.fromkeys((*rubric.judged_defects, INJECTION)))
        return cls(kinds, rubric.judged_dimensions, with_scores, bounds)
