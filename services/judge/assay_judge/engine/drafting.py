"""The evidence call: one bounded text of quotes and claims, checked against the response.

Invariant: a text that is not whole, or keeps to no form, is never repaired by guessing: it is asked
for once more with another seed and smaller bounds, and then it is the error `malformed`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.contract import Generate, Generation, LabelRead
from assay_judge.engine.desk import Desk, Forms, Page
from assay_judge.engine.meter import Meter
from assay_judge.engine.quoting import Checked, check_quotes
from assay_judge.engine.subject import Subject
from assay_judge.reading.digits import digit_reads
from assay_judge.reading.form import Evidence, EvidenceForm
from assay_judge.reading.outline import DIGITS

T = TypeVar("T")

REPAIR_SEED = 1_000_003  # added to the seed of a second try
REPAIR_TEMPERATURE = 0.3  # at least: at 0 another seed draws the same text
MAX_SEED = 2**31


@dataclass(frozen=True, slots=True)
class Draw:
    """How one text is sampled."""

    seed: int
    temperature: float


@dataclass(frozen=True, slots=True)
class Draft:
    """One evidence text: as received, as checked, what it notes, and its digits where asked for."""

    raw: str
    checked: Checked
    notes: Mapping[str, str]
    digits: Mapping[str, LabelRead]


@dataclass(frozen=True, slots=True)
class _Read:
    """An answer that kept to its form."""

    generation: Generation
    evidence: Evidence
    digits: Mapping[str, LabelRead]


async def draft_evidence(
    page: Page, subject: Subject, desk: Desk, meter: Meter, *, draw: Draw, with_scores: bool
) -> Draft:
    """Ask for the evidence on one page, with a digit a dimension when `with_scores`.

    Raises:
        JudgeBackendError: `malformed` after the second try, or what the server answered.
    """

    def read(form: EvidenceForm, generation: Generation) -> _Read:
        evidence = form.parse(generation)
        digits = _digits(evidence, generation, desk) if with_scores else {}
        return _Read(generation, evidence, digits)

    forms = desk.scored if with_scores else desk.plain
    labels = DIGITS if with_scores and desk.reads_digits else ()
    answer = await _ask_twice(page, desk, meter, forms, draw, labels, read)
    checked = check_quotes(answer.evidence, subject.fields, is_on=desk.defences.verify_quotes)
    return Draft(answer.generation.text, checked, answer.evidence.notes, answer.digits)


async def _ask_twice(
    page: Page,
    desk: Desk,
    meter: Meter,
    forms: Forms,
    draw: Draw,
    labels: tuple[str, ...],
    read: Callable[[EvidenceForm, Generation], T],
) -> T:
    prompt = page.prompt(desk.evidence_task)
    call = Generate(prompt, forms.first.shape, draw.seed, draw.temperature, labels)
    try:
        return read(forms.first, await meter.generate(call))
    except JudgeBackendError as error:
        if error.code != "malformed":
            raise
    seed = (draw.seed + REPAIR_SEED) % MAX_SEED
    temperature = max(draw.temperature, REPAIR_TEMPERATURE)
    call = Generate(prompt, forms.second.shape, seed, temperature, labels)
    return read(forms.second, await meter.generate(call, is_retry=True))


def _digits(evidence: Evidence, generation: Generation, desk: Desk) -> Mapping[str, LabelRead]:
    """The digits as distributions where the server shows them, else as they are written."""
    if desk.reads_digits:
        names = desk.rubric.judged_dimensions
        return digit_reads(generation, names, span=evidence.span, is_masked=desk.is_masked)
    return {
        name: LabelRead({str(digit): 1.0}, None, is_sampled=True)
        for name, digit in evidence.digits.items()
    }
