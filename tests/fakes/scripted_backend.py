"""A model server that exists in memory: every answer is what a test's functions say.

Without a script it is a contented judge: no claims, no defects, fives, no to every question that
speaks of a fault. It records all that it was asked, and how many calls were in work at a time.
"""

import asyncio
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Usage
from assay_judge.backend.contract import (
    Ask,
    Capabilities,
    Generate,
    Generation,
    GenerationKind,
    LabelRead,
    Prompt,
    ReadingKind,
    Reads,
    Token,
)

Answer = str | Generation | JudgeBackendError
Read = Mapping[str, float] | LabelRead | JudgeBackendError

CAPABILITIES = Capabilities(
    server="scripted",
    model="scripted-judge",
    max_model_len=32_768,
    fingerprint="scripted-1",
    generation=GenerationKind.GRAMMAR,
    reading=ReadingKind.TOKEN_IDS,
    has_batch=True,
    has_tokenize=True,
    has_continue=True,
    reports_cached_tokens=True,
)
DIGITS = ("1", "2", "3", "4", "5")


def evidence_text(
    names: Sequence[str],
    *,
    claims: Sequence[tuple[str, str, str]] = (),
    defects: Sequence[tuple[str, str, str]] = (),
    notes: Mapping[str, str] | None = None,
    scores: Mapping[str, int] | int | None = None,
) -> str:
    """An answer: claims are (quote, support, source), defects (kind, quote, why)."""
    body: dict[str, Any] = {
        "lang": "en",
        "claims": [{"q": q, "s": s, "src": src} for q, s, src in claims],
        "defects": [{"k": k, "q": q, "why": why} for k, q, why in defects],
        "notes": {name: (notes or {}).get(name, "fine") for name in names},
    }
    if scores is not None:
        by_name = scores if isinstance(scores, Mapping) else dict.fromkeys(names, scores)
        body["scores"] = {name: by_name.get(name, 5) for name in names}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def names_of(call: Generate) -> tuple[str, ...]:
    """The dimensions that a call's form asks for."""
    schema: Any = call.shape.json_schema
    return tuple(schema["properties"]["notes"]["properties"])


def wants_scores(call: Generate) -> bool:
    schema: Any = call.shape.json_schema
    return "scores" in schema["properties"]


def contented(call: Generate) -> str:
    return evidence_text(names_of(call), scores=5 if wants_scores(call) else None)


def fives_and_no(ask: Ask) -> Mapping[str, float]:
    if ask.labels == DIGITS:
        return {"1": 0.0, "2": 0.0, "3": 0.0, "4": 0.02, "5": 0.98}
    return {"yes": 0.01, "no": 0.99}


def digits(mean_digit: int, share: float = 0.98) -> dict[str, float]:
    """A distribution with `share` on one digit and the rest on its neighbour."""
    read = dict.fromkeys(DIGITS, 0.0)
    read[str(mean_digit)] = share
    read[str(mean_digit - 1 if mean_digit > 1 else 2)] += 1.0 - share
    return read


class ScriptedBackend:
    """Implements the port `Backend`; failures are given as the answer, and raised."""

    def __init__(
        self,
        answer: Callable[[Generate], Answer] = contented,
        read: Callable[[Ask], Read] = fives_and_no,
        *,
        tokens: Callable[[Prompt], int | None] | None = None,
        limit_tokens: int | None = None,
        capabilities: Capabilities = CAPABILITIES,
        mass: float | None = 1.0,
        seconds: float = 0.0,
    ) -> None:
        self._answer = answer
        self._read = read
        self._tokens = tokens
        self._limit_tokens = limit_tokens  # the server's own opinion of what fits
        self._capabilities = capabilities
        self._mass = mass
        self._seconds = seconds
        self.calls: list[Generate] = []
        self.batches: list[tuple[Ask, ...]] = []
        self.counted: list[Prompt] = []
        self.num_closed = 0
        self.num_in_flight = 0
        self.most_in_flight = 0

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def asks(self) -> list[Ask]:
        return [ask for batch in self.batches for ask in batch]

    async def generate(self, call: Generate) -> Generation:
        self.calls.append(call)
        await self._work()
        self._refuse_long(call.prompt)
        answer = self._answer(call)
        if isinstance(answer, JudgeBackendError):
            raise answer
        if isinstance(answer, Generation):
            return answer
        usage = Usage(num_calls=1, num_prompt_tokens=100, num_completion_tokens=50, milliseconds=3)
        return Generation(answer, "stop", _tokens(answer, call.labels), usage)

    async def read_labels(self, asks: Sequence[Ask]) -> Reads:
        self.batches.append(tuple(asks))
        await self._work()
        reads = []
        for ask in asks:
            self._refuse_long(ask.prompt)
            answer = self._read(ask)
            if isinstance(answer, JudgeBackendError):
                raise answer
            reads.append(answer if isinstance(answer, LabelRead) else LabelRead(answer, self._mass))
        usage = Usage(num_calls=1, num_prompt_tokens=100 * len(asks), num_cached_tokens=50)
        return Reads(tuple(reads), usage)

    async def count_tokens(self, prompt: Prompt) -> int | None:
        self.counted.append(prompt)
        return self._tokens(prompt) if self._tokens else len(prompt.system + prompt.user) // 4

    async def close(self) -> None:
        self.num_closed += 1

    def _refuse_long(self, prompt: Prompt) -> None:
        if self._limit_tokens is not None:
            size = len(prompt.system) + len(prompt.user) + len(prompt.assistant)
            if size // 4 > self._limit_tokens:
                raise JudgeBackendError("the prompt is too long", "context_overflow")

    async def _work(self) -> None:
        self.num_in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.num_in_flight)
        try:
            if self._seconds:
                await asyncio.sleep(self._seconds)
        finally:
            self.num_in_flight -= 1


def _tokens(text: str, labels: Sequence[str]) -> tuple[Token, ...]:
    """The text in pieces, each digit of the scores a token with the logprobs asked for."""
    head, mark, tail = text.rpartition('"scores":{')
    if not labels or not mark:
        return (Token(text.encode(), {}),)
    tokens = [Token((head + mark).encode(), {})]
    piece = ""
    for character in tail:
        if character in DIGITS:
            tokens.append(Token(piece.encode(), {}))
            tokens.append(Token(character.encode(), _logprobs(character, labels)))
            piece = ""
        else:
            piece += character
    return (*tokens, Token(piece.encode(), {}))


def _logprobs(digit: str, labels: Sequence[str]) -> dict[str, float]:
    rest = math.log(0.02 / (len(labels) - 1))
    return {label: math.log(0.98) if label == digit else rest for label in labels}
