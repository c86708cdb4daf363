"""All that one engine works with and that depends on no sample, made once.

The idea: forms, grammars, tasks and system prompts are the same for every sample of a kind, so the
server can serve them from its prefix cache and the engine need not make them again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from assay.domain.rubric import Rubric
from assay.domain.sample import SampleType
from assay_judge.backend.contract import Ask, Capabilities, GenerationKind, Prompt, ReadingKind
from assay_judge.engine.quoting import Checked, Located
from assay_judge.engine.settings import EngineSettings
from assay_judge.engine.subject import Subject
from assay_judge.hostile.defences import Defences
from assay_judge.hostile.encoding import encode_text
from assay_judge.prompts.exhibit import Exhibit, Rendered, nonce_of, render_exhibit
from assay_judge.prompts.library import extra_kinds, system_prompt, tail
from assay_judge.reading.form import Bounds, EvidenceForm
from assay_judge.reading.outline import DIGITS

YES_NO = ("yes", "no")
ANSWER_PREFIX = '{"answer":"'
SCORE_QUESTION = 'Answer with one digit, 1 to 5, and nothing else: the score for "{}".'
YES_NO_QUESTION = "Answer with one word and nothing else: yes or no."
ANSWER_SHARE = 4  # an answer takes at most this part (1/4) of a model's context

_MASKED = (GenerationKind.GRAMMAR, GenerationKind.JSON_SCHEMA)


@dataclass(frozen=True, slots=True)
class Forms:
    """A form, and the smaller one for the second try."""

    first: EvidenceForm
    second: EvidenceForm


@dataclass(frozen=True, slots=True)
class Page:
    """What one call is shown, up to its task: a system prompt and an exhibit."""

    system: str
    text: str

    def prompt(self, task: str, assistant: str = "") -> Prompt:
        """The prompt that puts `task` to this page."""
        return Prompt(self.system, f"{self.text}\n\n{task}", assistant)


class Desk:
    """Forms, tasks and questions for one rubric on one server."""

    def __init__(
        self,
        rubric: Rubric,
        settings: EngineSettings,
        capabilities: Capabilities,
        *,
        nonce_key: bytes,
        defences: Defences,
    ) -> None:
        self.rubric = rubric
        self.settings = settings
        self.defences = defences
        self.hard = frozenset(rubric.hard_defects)
        self.dimensions = rubric.judged_dimensions
        self.floored = frozenset(
            name for name in self.dimensions if rubric.dimensions[name].floor is not None
        )
        self.plain = _forms(rubric, capabilities.max_model_len, with_scores=False)
        self.scored = _forms(rubric, capabilities.max_model_len, with_scores=True)
        self.reads_digits = defences.read_scores and capabilities.reading is not ReadingKind.SAMPLED
        self.is_masked = capabilities.generation in _MASKED
        self.evidence_task = tail("evidence")
        self._special_tokens = capabilities.special_tokens
        self._nonce_key = nonce_key
        self._systems: dict[tuple[SampleType, frozenset[SampleType], bool, bool], str] = {}
        self._score_task = tail("score")
        self._injection_task = tail("injection")
        self._check_tasks = {
            n: tail("check", question=c.question) for n, c in rubric.checks.items()
        }

    def render(self, exhibit: Exhibit, *, nonce: str | None = None) -> Rendered:
        """Render what is shown of a turn; `nonce` is the sample's, where it is known."""
        return render_exhibit(
            exhibit,
            nonce=nonce or self.nonce(exhibit),
            special_tokens=self._special_tokens,
            defences=self.defences,
        )

    def nonce(self, exhibit: Exhibit) -> str:
        """The code of the marker lines for a sample."""
        return nonce_of(self._nonce_key, exhibit)

    def system(self, subject: Subject, *, with_scores: bool, descending: bool = False) -> str:
        """The static prompt for a turn of this kind."""
        sample = subject.sample
        extra = subject.view.cached("engine.extra_kinds", partial(extra_kinds, sample))
        key = (sample.type, extra, with_scores, descending)
        known = self._systems.get(key)
        if known is None:
            known = self._systems[key] = system_prompt(
                sample.type,
                self.rubric,
                descending=descending,
                with_scores=with_scores,
                extra=extra,
            )
        return known

    def evidence_prefix(self, checked: Checked) -> str:
        """Return checked evidence as the beginning of an answer, for a score to be read after.

        It holds none of the model's free text (notes, reasons), for nothing verifies that: a
        response that talked the model into writing "perfect" must not have the word stand before
        its score. Quotes are encoded, for here too a control token would be one.
        """
        bounds = self.plain.first.bounds
        claims = (
            f'{{"q":{self._literal(c.quote)},"s":"{c.support}","src":"{c.source}"}}'
            for c in checked.claims[: bounds.num_claims]
        )
        defects = (
            f'{{"k":"{d.kind}","q":{self._literal(d.quote)}}}'
            for d in checked.defects[: bounds.num_defects]
        )
        start = f'{{"lang":"{checked.lang}","claims":[{",".join(claims)}]'
        return f'{start},"defects":[{",".join(defects)}]'

    def score_asks(self, page: Page, evidence: str, names: Iterable[str]) -> Iterator[Ask]:
        """Ask for the digit of each dimension, right after `evidence` (JSON without its end)."""
        start = page.prompt(self._score_task, f'{evidence},"scores":{{')
        for name in names:
            prompt = start._replace(assistant=f'{start.assistant}"{name}":')
            yield Ask(prompt, DIGITS, SCORE_QUESTION.format(name))

    def confirm_ask(self, page: Page, claim: Located) -> Ask:
        """Ask whether a claimed defect is one."""
        task = tail(
            "confirm",
            defect=f"{claim.kind}: {self.rubric.defects[claim.kind].description.strip()}",
            quote=self._literal(claim.quote),
        )
        return _yes_no(page, task)

    def check_ask(self, page: Page, name: str) -> Ask:
        """Ask one of the rubric's checks."""
        return _yes_no(page, self._check_tasks[name])

    def injection_ask(self, page: Page) -> Ask:
        """Ask whether a text speaks to the judge."""
        return _yes_no(page, self._injection_task)

    def _literal(self, text: str) -> str:
        neutralise = self.defences.neutralise
        return encode_text(text, self._special_tokens, neutralise=neutralise).literal


def _yes_no(page: Page, task: str) -> Ask:
    return Ask(page.prompt(task, ANSWER_PREFIX), YES_NO, YES_NO_QUESTION)


def _forms(rubric: Rubric, max_model_len: int | None, *, with_scores: bool) -> Forms:
    """The largest form whose answer leaves most of the context to what is judged."""
    bounds = Bounds()
    form = EvidenceForm(rubric, with_scores=with_scores, bounds=bounds)
    while max_model_len is not None and form.shape.max_tokens * ANSWER_SHARE > max_model_len:
        if bounds == bounds.smaller():
            break
        bounds = bounds.smaller()
        form = EvidenceForm(rubric, with_scores=with_scores, bounds=bounds)
    second = EvidenceForm(rubric, with_scores=with_scores, bounds=bounds.smaller())
    return Forms(form, second)
