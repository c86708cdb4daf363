"""The evidence form: what the judge is asked to write, in each language a server may understand.

One compact JSON object with a fixed order of keys, evidence before scores:
`{"lang":"en","claims":[{"q":QUOTE,"s":SUPPORT,"src":"D2"}],"defects":[{"k":KIND,"q":QUOTE,
"why":TEXT}],"notes":{"correctness":TEXT,...}}`, and in fast mode `,"scores":{"correctness":4,...}`
before the closing brace. `q` is verbatim from the response; `src` is a document (D1..D99), a tool
output (T1..), a user turn (U1..) or `-`. Nothing in it is unbounded, no number has two digits.
"""

from functools import cached_property

from assay.domain.rubric import Rubric
from assay_judge.backend.contract import Generation, Shape
from assay_judge.reading.answer import Claim, ClaimedDefect, Evidence, parse_answer
from assay_judge.reading.bounds import Bounds
from assay_judge.reading.grammar import evidence_grammar
from assay_judge.reading.outline import Outline
from assay_judge.reading.schema import evidence_schema, max_tokens

__all__ = ["Bounds", "Claim", "ClaimedDefect", "Evidence", "EvidenceForm"]

DEFAULT_BOUNDS = Bounds()


class EvidenceForm:
    """The form for one rubric; `with_scores` adds a digit per dimension (fast mode)."""

    def __init__(
        self, rubric: Rubric, *, with_scores: bool, bounds: Bounds = DEFAULT_BOUNDS
    ) -> None:
        self._outline = Outline.of(rubric, with_scores=with_scores, bounds=bounds)

    @property
    def bounds(self) -> Bounds:
        return self._outline.bounds

    @cached_property
    def shape(self) -> Shape:
        """The form as EBNF, as JSON schema, and the tokens that a full answer may need."""
        outline = self._outline
        return Shape(
            grammar=evidence_grammar(outline),
            json_schema=evidence_schema(outline),
            max_tokens=max_tokens(outline),
        )

    def parse(self, generation: Generation) -> Evidence:
        """Read an answer.

        Raises:
            JudgeBackendError: code `malformed`; the answer did not end by itself, holds no JSON
                object, or one that does not keep to the form.
        """
        return parse_answer(generation, self._outline)
