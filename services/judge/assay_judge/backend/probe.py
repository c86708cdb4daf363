"""Finds out at the start what a server can do, and picks the best way for everything.

What is missing leaves a sentence in `problems` that says what it costs. The reads also warm the
server up: its first logprobs take seconds (measured, vLLM 0.32.0).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.answers import usage_of
from assay_judge.backend.contract import (
    Capabilities,
    GenerationKind,
    LabelRead,
    ReadingKind,
)
from assay_judge.backend.dialect import CHAT, MODELS, VERSION, Dialect
from assay_judge.backend.settings import BackendSettings
from assay_judge.backend.transport import Transport
from assay_judge.backend.trials import DIGITS, GREETING, MISSING, Trials

LOWEST_MASS = 0.5
PREFIXES = {'{"correctness":': DIGITS, '{"answer":"': ("yes", "no")}
COSTS: Mapping[str, str] = {
    GenerationKind.JSON_SCHEMA: "a JSON schema is sent instead, which does not bound white space.",
    GenerationKind.JSON_OBJECT: "only valid JSON is sure, its form is not; more answers are lost.",
    GenerationKind.TEXT: "the first JSON object in free text is taken; more answers are lost.",
    ReadingKind.TOP_LOGPROBS: "labels are looked for among the top logprobs, and may be missed.",
    ReadingKind.SAMPLED: "one written label is taken as it is, without a distribution.",
}


class Found(NamedTuple):
    """The result of a probe."""

    capabilities: Capabilities
    dialect: Dialect


async def probe(transport: Transport, settings: BackendSettings) -> Found:
    """Ask a server for everything that a judge could use.

    Raises:
        JudgeBackendError: the server cannot be reached, is busy, or refuses the key or the model.
    """
    return await _Probe(transport, settings).run()


class _Probe:
    def __init__(self, transport: Transport, settings: BackendSettings) -> None:
        self._transport = transport
        self._settings = settings
        self._trials = Trials(transport)
        self._problems: list[str] = []
        self._dialect = Dialect("", template=settings.chat_template_kwargs)

    async def run(self) -> Found:
        card = await self._model_card()
        version = (await self._trials.get(VERSION)).get("version")
        owner = str(card.get("owned_by", "unknown"))
        self._dialect = replace(self._dialect, model=card["id"], is_vllm=owner == "vllm")
        body = self._dialect.counting_body(GREETING) | {"max_tokens": 1, "temperature": 0.0}
        first = await self._transport.post(CHAT, body)
        has_tokenize, length = await self._find_labels()
        await self._choose_generation()
        read = await self._choose_reading()
        capabilities = Capabilities(
            server=f"{owner} {version}" if version else "unknown",
            model=card["id"],
            max_model_len=self._context(card.get("max_model_len") or length),
            fingerprint=first.document.get("system_fingerprint"),
            generation=self._dialect.generation,
            reading=self._dialect.reading,
            has_batch=await self._has_batch(),
            has_tokenize=has_tokenize,
            has_continue=self._dialect.has_continue,
            reports_cached_tokens=usage_of(first).num_cached_tokens is not None,
            special_tokens=await self._trials.special_tokens(),
            labels=self._dialect.labels,
            probed_mass=None if read is None or read.mass is None else round(read.mass * 1000),
            is_healthy=self._is_healthy(read),
            problems=tuple(self._problems),
        )
        return Found(capabilities, self._dialect)

    async def _model_card(self) -> Mapping[str, Any]:
        wanted = self._settings.model
        try:
            answer = await self._transport.get(MODELS)
        except JudgeBackendError as error:
            if wanted is None or error.code not in MISSING:
                raise
            self._problems.append("The server does not list its models: the name is not checked.")
            return {"id": wanted}
        listed = answer.document.get("data")
        cards = {
            str(card["id"]): card
            for card in (listed if isinstance(listed, list) else ())
            if isinstance(card, dict) and "id" in card
        }
        if wanted is None and len(cards) == 1:
            return next(iter(cards.values()))
        if wanted not in cards:
            raise JudgeBackendError(_which_model(wanted, list(cards)), "refused")
        return cards[wanted]

    async def _find_labels(self) -> tuple[bool, int | None]:
        """Learn the labels' token ids; return whether tokens are shown at all, and the context."""
        model, ids, length = self._dialect.model, dict[str, int](), None
        for text, labels in PREFIXES.items():
            prefix = await self._trials.tokens(model, text)
            if prefix is None:
                self._problems.append(
                    "The server shows no tokens (/tokenize): prompts cannot be measured before they"
                    " are sent, and labels cannot be read by id."
                )
                return False, None
            length = prefix.max_model_len
            found = await self._trials.label_ids(model, prefix, text, labels)
            if found is None:
                self._problems.append(
                    f"The tokenizer does not give one token to each of {', '.join(labels)} after"
                    f" {text!r}: they are read from the top logprobs, which may miss some."
                )
            ids |= found or {}
        self._dialect = replace(self._dialect, labels=ids)
        return True, length

    async def _choose_generation(self) -> None:
        for kind in GenerationKind:
            self._dialect = replace(self._dialect, generation=kind)
            if kind is GenerationKind.TEXT or await self._trials.holds_to(self._dialect):
                break
        if kind is not GenerationKind.GRAMMAR:
            self._problems.append(f"The server does not hold an answer to a grammar: {COSTS[kind]}")

    async def _choose_reading(self) -> LabelRead | None:
        """Find the best way to read labels, and return what the canned read gave."""
        asked = replace(self._dialect, reading=ReadingKind.TOP_LOGPROBS)
        ways = [replace(asked, has_continue=True), asked]
        ways.append(replace(asked, reading=ReadingKind.SAMPLED))
        if asked.has_ids(DIGITS):
            ways.insert(0, replace(ways[0], reading=ReadingKind.TOKEN_IDS))
        for way in ways:
            self._dialect = way
            read = await self._trials.canned_read(way)
            if read is not None:
                break
        if way.reading is not ReadingKind.TOKEN_IDS:
            self._problems.append(
                f"The server does not show the probabilities of given tokens: {COSTS[way.reading]}"
            )
        if not way.has_continue:
            self._problems.append(
                "The server does not continue a begun answer: each read is asked as a question, and"
                " what was written before is not in its prompt."
            )
        return read

    async def _has_batch(self) -> bool:
        if await self._trials.reads_batches(self._dialect):
            return True
        self._problems.append(
            "The server has no batch route: each read is a request of its own (six took 0.28 s"
            " instead of 0.10 s on a small vLLM)."
        )
        return False

    def _context(self, length: int | None) -> int | None:
        if length is None:
            self._problems.append(
                "The server does not say how long its context is: what does not fit is found out"
                " only by asking."
            )
        return length

    def _is_healthy(self, read: LabelRead | None) -> bool:
        if read is None:
            self._problems.append(
                "The model did not answer a simple read with any of the labels: its scores would"
                " mean nothing."
            )
            return False
        if read.mass is None or read.mass >= LOWEST_MASS:
            return True
        self._problems.append(
            f"Only {read.mass:.3f} of the probability fell on the digits 1 to 5 in a simple read"
            f" (expected {LOWEST_MASS} or more): this model does not follow the judge's form, and"
            " its scores would mean nothing."
        )
        return False


def _which_model(wanted: str | None, served: list[str]) -> str:
    shown = ", ".join(repr(name[:80]) for name in served[:10]) or "none"
    if wanted is None:
        return f"expected one model or a name in the settings, found {shown}; give the model's name"
    return f"expected a model that the judge serves, found {wanted[:80]!r}; it serves {shown}"
