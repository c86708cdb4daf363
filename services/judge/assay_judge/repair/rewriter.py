"""Rewrites one response on a model server: the listed defects out, everything else as it was.

The model sees what a judge sees (encoded data under a keyed code) and answers one bounded JSON
string. Whether the rewrite is better is not decided here. Invariant: a text that is not whole, or
that still holds a quote it was to mend, is a `JudgeBackendError`, never a rewrite.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import orjson

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Defect, Usage
from assay.domain.ports import RepairRequest, Rewritten
from assay.verifiers.view import View
from assay_judge.backend.contract import Backend, Generate, Generation, Prompt, Shape
from assay_judge.cost.budget import Budget
from assay_judge.cost.ledger import Ledger
from assay_judge.hostile.encoding import encode_text
from assay_judge.prompts.exhibit import Exhibit, nonce_of, render_exhibit
from assay_judge.prompts.facts import code_facts
from assay_judge.prompts.files import read_prompts

FOLDER = Path(__file__).parent
MAX_RESPONSE_CHARS = 200_000
MIN_TOKENS = 256
BYTES_PER_TOKEN = 3  # for what is reserved; more than usual tokenizers need
CHARS_PER_TOKEN = 1.5  # a tight bound for scripts that need a token for one or two characters
GROWTH = 1.5  # a rewrite may be this much longer than the response
SECOND_TEMPERATURE = 0.7  # a further attempt must be able to give another text

_GRAMMAR = "\n".join(
    (
        'root ::= "{\\"response\\":\\"" ch+ "\\"}"',
        r'ch ::= [^"\\\x00-\x1f\x7f] | "\\" esc',
        r'esc ::= ["\\/bfnrt] | "u" unit',
        r"unit ::= [0-9a-cefA-CEF] hex hex hex | [dD] [0-7] hex hex",
        r"hex ::= [0-9a-fA-F]",
    )
)


class Rewriter:
    """Rewrites on one model server.

    Args:
        backend: the model server.
        model: its model's name, for ledger and budget.
        nonce_key: as for judging; keep it secret.
        max_in_flight: rewrites at a time.
        ledger: counts what was used.
        budget: limits it.
    """

    def __init__(
        self,
        backend: Backend,
        model: str,
        *,
        nonce_key: bytes,
        max_in_flight: int,
        ledger: Ledger | None,
        budget: Budget | None,
    ) -> None:
        self._backend = backend
        self._model = model
        self._nonce_key = nonce_key
        self._ledger = ledger
        self._budget = budget
        self._slots = asyncio.Semaphore(max_in_flight)

    async def rewrite_all(
        self, requests: Sequence[RepairRequest]
    ) -> list[Rewritten | JudgeBackendError]:
        """Return, per request and in order, the response rewritten, or the error.

        Raises:
            BudgetError: the budget does not reach; what is in work is finished first.
        """
        answers = await asyncio.gather(*map(self._attempt, requests), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, JudgeBackendError):
                raise answer
        return [answer for answer in answers if isinstance(answer, Rewritten | JudgeBackendError)]

    async def _attempt(self, request: RepairRequest) -> Rewritten:
        """Rewrite one response.

        Raises:
            JudgeBackendError: the server failed, the answer is not whole, or a quote still stands.
            BudgetError: the budget does not reach.
        """
        async with self._slots:
            call = Generate(
                _prompt(self._backend, request, self._nonce_key),
                _shape(request.sample.messages[request.turn].content or ""),
                seed=request.attempt,
                temperature=0.0 if request.attempt == 1 else SECOND_TEMPERATURE,
            )
            await _check_room(self._backend, call)
            generation = await self._pay(call)
            text = _parse(generation)
            _check_mended(request, text)
            return Rewritten(text, generation.usage)

    async def _pay(self, call: Generate) -> Generation:
        """Ask within the budget, and count what was used, also by a call that failed."""
        usage = Usage()
        reservation = None
        if self._budget is not None:
            most = Usage(
                num_prompt_tokens=sum(len(part.encode()) for part in call.prompt)
                // BYTES_PER_TOKEN,
                num_completion_tokens=call.shape.max_tokens,
            )
            reservation = await self._budget.reserve(most, model=self._model)
        try:
            generation = await self._backend.generate(call)
            usage = generation.usage
            return generation
        finally:
            if self._budget is not None and reservation is not None:
                self._budget.settle(reservation, usage)
            if self._ledger is not None:
                self._ledger.record_rewrite(usage, model=self._model)


def _check_mended(request: RepairRequest, text: str) -> None:
    for defect in request.defects:
        if defect.quote and defect.quote in text:
            raise JudgeBackendError(
                f"expected a rewrite without the quoted {defect.kind}, found the quote in it again",
                "malformed",
            )


def _prompt(backend: Backend, request: RepairRequest, nonce_key: bytes) -> Prompt:
    special_tokens = backend.capabilities.special_tokens
    facts = code_facts(View(request.sample), request.turn)
    exhibit = Exhibit(request.sample, request.turn, facts)
    rendered = render_exhibit(
        exhibit, nonce=nonce_of(nonce_key, exhibit), special_tokens=special_tokens
    )
    prompts = read_prompts(FOLDER)
    listed = "\n".join(_describe(defect, special_tokens) for defect in request.defects)
    task = prompts.file("task").fill({"defects": listed})
    return Prompt(prompts.file("role").fill({}), f"{rendered.text}\n\n{task}")


def _describe(defect: Defect, special_tokens: tuple[str, ...]) -> str:
    quote = encode_text(defect.quote, special_tokens).literal
    why = encode_text(defect.reason, special_tokens).literal
    return f"- {defect.kind}: quote {quote}, why {why}"


def _shape(content: str) -> Shape:
    max_chars = int(len(content) * GROWTH) + MIN_TOKENS
    return Shape(
        grammar=_GRAMMAR,
        json_schema={
            "type": "object",
            "properties": {"response": {"type": "string", "minLength": 1, "maxLength": max_chars}},
            "required": ["response"],
            "additionalProperties": False,
        },
        max_tokens=MIN_TOKENS + int(max_chars / CHARS_PER_TOKEN),
    )


async def _check_room(backend: Backend, call: Generate) -> None:
    """Refuse what would be cut: a server shortens `max_tokens` without a word."""
    limit = backend.capabilities.max_model_len
    if limit is None:
        return
    used = await backend.count_tokens(call.prompt)
    if used is not None and used + call.shape.max_tokens > limit:
        raise JudgeBackendError(
            f"expected a prompt that leaves {call.shape.max_tokens} of {limit} tokens to the "
            f"rewrite, found {used} tokens; a longer context is needed",
            "context_overflow",
        )


def _parse(generation: Generation) -> str:
    if generation.finish_reason != "stop":
        raise JudgeBackendError(
            f"expected a whole rewrite, found one that ended by {generation.finish_reason!r:.40}",
            "malformed",
        )
    try:
        body = orjson.loads(generation.text)
    except orjson.JSONDecodeError as exc:
        raise JudgeBackendError(f"expected a rewrite in JSON, found: {exc}", "malformed") from exc
    text = body.get("response") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_RESPONSE_CHARS:
        raise JudgeBackendError(
            'expected {"response": text} with a text in it, found another form', "malformed"
        )
    return text
