"""Rewrites responses on a model server: the listed defects out, everything else as it was.

The model sees what a judge sees (encoded data under a keyed code) and answers one JSON string.
Whether a rewrite is better is not decided here. Invariants: a text that is not whole, or that still
holds a quote it was to mend, is a `JudgeBackendError`, never a rewrite; a request's failure is its
own; once the budget is spent or the server unreachable (after all retries) nothing new is begun,
and what is in work is finished.
"""

from asyncio import Semaphore, gather
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.judgement import Defect, Usage
from assay.domain.ports import RepairRequest, Rewritten
from assay.domain.rubric import Rubric
from assay.verifiers.view import View
from assay_judge.backend.contract import Backend, Generate, Generation, Prompt, Shape
from assay_judge.cost.budget import Budget
from assay_judge.cost.ledger import Ledger
from assay_judge.hostile.encoding import encode_text
from assay_judge.prompts.exhibit import Exhibit, nonce_of, render_exhibit
from assay_judge.prompts.facts import code_facts
from assay_judge.prompts.files import read_prompts
from assay_judge.reading.quotes import find_quote
from assay_judge.repair.form import least_tokens, parse_rewrite, rewrite_shape

FOLDER = Path(__file__).parent
BYTES_PER_TOKEN = 3  # for what is reserved; more than usual tokenizers need
SECOND_TEMPERATURE = 0.7  # a further attempt must be able to give another text
MAX_SEED = 2**31
UNREACHABLE = "unreachable"


@dataclass(slots=True)
class _End:
    """Why nothing new is begun, as soon as it is so."""

    spent: BudgetError | None = None
    gone: JudgeBackendError | None = None

    @property
    def reason(self) -> Exception | None:
        return self.spent or self.gone


class Rewriter:
    """Rewrites on one model server; lives in one event loop.

    Args:
        backend: the model server.
        rubric: says what each kind of defect means.
        nonce_key: as for judging; keep it secret.
        seed: of the first attempt; further ones derive theirs from it.
        max_in_flight: rewrites at a time.
        ledger: counts what was used.
        budget: limits it.
    """

    def __init__(
        self,
        backend: Backend,
        rubric: Rubric,
        *,
        nonce_key: bytes,
        seed: int = 0,
        max_in_flight: int = 64,
        ledger: Ledger | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._backend = backend
        self._model = backend.capabilities.model
        self._rubric = rubric
        self._nonce_key = nonce_key
        self._seed = seed
        self._ledger = ledger
        self._budget = budget
        self._slots = Semaphore(max_in_flight)
        self._prompts = read_prompts(FOLDER)

    async def rewrite_all(
        self, requests: Sequence[RepairRequest]
    ) -> list[Rewritten | JudgeBackendError]:
        """Return, per request and in order, the response rewritten, or the error.

        Raises:
            BudgetError: the budget does not reach; what is in work is finished first.
        """
        end = _End()
        answers = await gather(*(self._answer(request, end) for request in requests))
        if end.spent is not None:
            raise end.spent
        return answers

    async def _answer(self, request: RepairRequest, end: _End) -> Rewritten | JudgeBackendError:
        """Rewrite in its turn; what ends the work on all requests is noted in `end`."""
        async with self._slots:
            if end.reason is not None:
                return JudgeBackendError(str(end.reason), UNREACHABLE)
            try:
                return await self._rewrite(request)
            except BudgetError as exc:
                end.spent = exc
                return JudgeBackendError(str(exc))  # seen by nobody
            except JudgeBackendError as exc:
                # A new one: the frames of the old one would keep every prompt in memory.
                failure = JudgeBackendError(str(exc), exc.code)
                end.gone = failure if exc.code == UNREACHABLE else end.gone
                return failure
            except Exception as exc:  # noqa: BLE001  one request's failure must not cost the others
                name = type(exc).__name__
                return JudgeBackendError(
                    f"expected a rewrite, found a failure of the rewriter itself ({name}); "
                    "report it"
                )

    async def _rewrite(self, request: RepairRequest) -> Rewritten:
        content = request.sample.messages[request.turn].content or ""
        prompt = self._prompt(request)
        shape = await self._fit(prompt, content)
        attempt = request.attempt - 1
        call = Generate(
            prompt,
            shape,
            seed=(self._seed + attempt) % MAX_SEED,
            temperature=SECOND_TEMPERATURE if attempt else 0.0,
        )
        generation = await self._pay(call)
        text = parse_rewrite(generation)
        _check_mended(request.defects, text)
        return Rewritten(text, generation.usage)

    def _prompt(self, request: RepairRequest) -> Prompt:
        special_tokens = self._backend.capabilities.special_tokens
        facts = code_facts(View(request.sample), request.turn)
        exhibit = Exhibit(request.sample, request.turn, facts)
        rendered = render_exhibit(
            exhibit, nonce=nonce_of(self._nonce_key, exhibit), special_tokens=special_tokens
        )
        listed = "\n".join(self._describe(defect, special_tokens) for defect in request.defects)
        task = self._prompts.file("task").fill({"defects": listed})
        return Prompt(self._prompts.file("role").fill({}), f"{rendered.text}\n\n{task}")

    def _describe(self, defect: Defect, special_tokens: tuple[str, ...]) -> str:
        known = self._rubric.defects.get(defect.kind)
        kind = f"{defect.kind} ({known.description.strip()})" if known else defect.kind
        quote = encode_text(defect.quote, special_tokens).literal
        why = encode_text(defect.reason, special_tokens).literal
        return f"- {kind} quote: {quote} finding: {why}"

    async def _fit(self, prompt: Prompt, content: str) -> Shape:
        """Return the form with as many tokens as the model's context leaves to the rewrite.

        A server shortens `max_tokens` without a word; what then ends by length is no rewrite.

        Raises:
            JudgeBackendError: not even the response as it is would fit once more.
        """
        shape = rewrite_shape(content)
        limit = self._backend.capabilities.max_model_len
        used = None if limit is None else await self._backend.count_tokens(prompt)
        if limit is None or used is None or used + shape.max_tokens <= limit:
            return shape
        least, room = least_tokens(content), limit - used
        if room < least:
            raise JudgeBackendError(
                f"expected a prompt that leaves {least} of {limit} tokens to the rewrite, found "
                f"{used} tokens in it; a longer context is needed",
                "context_overflow",
            )
        return Shape(shape.grammar, shape.json_schema, room)

    async def _pay(self, call: Generate) -> Generation:
        """Ask within the budget, and count what was used."""
        usage = Usage()
        reservation = None
        if self._budget is not None:
            reservation = await self._budget.reserve(_most(call), model=self._model)
        try:
            generation = await self._backend.generate(call)
            usage = generation.usage
            return generation
        finally:
            if self._budget is not None and reservation is not None:
                self._budget.settle(reservation, usage)
            if self._ledger is not None:
                self._ledger.record_rewrite(usage, model=self._model)


def _check_mended(defects: Sequence[Defect], text: str) -> None:
    """A quote of fewer than three visible characters proves nothing, here as in a judgement."""
    for defect in defects:
        if find_quote(defect.quote, text) is not None:
            raise JudgeBackendError(
                f"expected a rewrite without the quoted {defect.kind}, found the quote in it again",
                "malformed",
            )


def _most(call: Generate) -> Usage:
    size = sum(len(part.encode()) for part in call.prompt)
    return Usage(
        num_prompt_tokens=size // BYTES_PER_TOKEN, num_completion_tokens=call.shape.max_tokens
    )
