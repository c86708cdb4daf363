"""One trial per ability of a server: asks for it in the bodies in which it is used later.

vLLM accepts unknown fields with 200 and ignores them (measured, 0.32.0), so an ability counts only
when its effect shows in the answer. A server that is busy, silent or away is an error, not a "no".
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.answers import generation_of, reads_of, usage_of
from assay_judge.backend.contract import (
    Ask,
    Generate,
    GenerationKind,
    LabelRead,
    Prompt,
    Shape,
)
from assay_judge.backend.dialect import BATCH, CHAT, TOKENIZE, TOKENIZER_INFO, Dialect
from assay_judge.backend.transport import Answer, Transport

MISSING = frozenset({"refused", "malformed", "context_overflow", "server_error"})
DIGITS = ("1", "2", "3", "4", "5")
CONTINUING = ("continue_final_message", "add_generation_prompt")

GREETING = Prompt("You answer in one word.", "Say hello.")
# an answer that no model gives by itself: who gives it was held to the form
HELD_TEXT = "zqx-7341"
HELD_SHAPE = Shape(
    grammar=f'root ::= "{HELD_TEXT}"',
    json_schema={
        "type": "object",
        "properties": {"zqx": {"type": "string", "enum": [HELD_TEXT]}},
        "required": ["zqx"],
        "additionalProperties": False,
    },
    max_tokens=64,
)
HELD_OBJECT = {"zqx": HELD_TEXT}
JSON_PROMPT = Prompt("You answer with one JSON object.", "Give the colour of grass as JSON.")
CANNED_ASK = Ask(
    Prompt(
        "You grade answers. You reply with one compact JSON object such as"
        ' {"correctness":3}, from 1 (wrong) to 5 (right).',
        "Question: What is 2 + 2?\nAnswer: 2 + 2 = 4.\nGrade the answer.",
        '{"correctness":',
    ),
    DIGITS,
    "How correct is the answer? Reply with one digit from 1 to 5 and nothing else.",
)


class Tokens(NamedTuple):
    """Tokens of a text, and the context's length where the server adds it."""

    ids: list[int]
    max_model_len: int | None


class Trials:
    """Asks one server. Every method may raise JudgeBackendError with a code outside `MISSING`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def post(self, path: str, body: dict[str, Any]) -> Answer | None:
        """Return the answer, or None where the server lacks what is asked for."""
        try:
            return await self._transport.post(path, body)
        except JudgeBackendError as error:
            if error.code not in MISSING:
                raise
            return None

    async def get(self, path: str) -> Mapping[str, Any]:
        """Return the document, or an empty one where the server lacks it."""
        try:
            return (await self._transport.get(path)).document
        except JudgeBackendError as error:
            if error.code not in MISSING:
                raise
            return {}

    async def tokens(self, model: str, text: str) -> Tokens | None:
        body = {"model": model, "prompt": text, "add_special_tokens": False}
        answer = await self.post(TOKENIZE, body)
        ids = answer.document.get("tokens") if answer else None
        if answer is None or not isinstance(ids, list):
            return None
        length = answer.document.get("max_model_len")
        return Tokens(ids, length if isinstance(length, int) else None)

    async def label_ids(
        self, model: str, prefix: Tokens, text: str, labels: Sequence[str]
    ) -> dict[str, int] | None:
        """Return each label's token id, or None unless each is one token of its own after `text`.

        The id is the one that the label has there: a word's first token may differ inside it.
        """
        ids: dict[str, int] = {}
        for label in labels:
            tokens = await self.tokens(model, text + label)
            if tokens is None or tokens.ids[:-1] != prefix.ids:
                return None
            ids[label] = tokens.ids[-1]
        return ids if len(set(ids.values())) == len(ids) else None

    async def holds_to(self, dialect: Dialect) -> bool:
        """Tell whether the server holds an answer to the dialect's kind of form."""
        kind = dialect.generation
        prompt = JSON_PROMPT if kind is GenerationKind.JSON_OBJECT else GREETING
        answer = await self.post(
            CHAT, dialect.generation_body(Generate(prompt, HELD_SHAPE, seed=0))
        )
        if answer is None:
            return False
        try:
            text = generation_of(answer).text
            document = text if kind is GenerationKind.GRAMMAR else orjson.loads(text)
        except (JudgeBackendError, orjson.JSONDecodeError):
            return False
        if kind is GenerationKind.JSON_OBJECT:
            return isinstance(document, dict)
        return document == (HELD_TEXT if kind is GenerationKind.GRAMMAR else HELD_OBJECT)

    async def canned_read(self, dialect: Dialect) -> LabelRead | None:
        """Return a read made the dialect's way, or None where that way does not work."""
        body = dialect.reading_body([CANNED_ASK], dialect.reading)
        answer = await self.post(CHAT, body)
        if answer is None or (dialect.has_continue and not await self._continues(body, answer)):
            return None
        try:
            return reads_of(answer, [DIGITS], dialect.reading, dialect)[0]
        except JudgeBackendError:
            return None

    async def _continues(self, body: Mapping[str, Any], answer: Answer) -> bool:
        """Tell whether the prefix was continued: closing its turn would have taken more tokens."""
        closed = await self.post(CHAT, {k: v for k, v in body.items() if k not in CONTINUING})
        if closed is None:
            return True  # only with the flags is such a conversation taken at all
        return usage_of(answer).num_prompt_tokens < usage_of(closed).num_prompt_tokens

    async def reads_batches(self, dialect: Dialect) -> bool:
        """Tell whether the batch route answers two conversations."""
        body = dialect.reading_body([CANNED_ASK, CANNED_ASK], dialect.reading)
        answer = await self.post(BATCH, body)
        if answer is None:
            return False
        try:
            return len(reads_of(answer, [DIGITS, DIGITS], dialect.reading, dialect)) == 2
        except JudgeBackendError:
            return False  # some other route's answer

    async def special_tokens(self) -> tuple[str, ...]:
        """Return the tokenizer's added tokens, where the server was told to show them."""
        added = (await self.get(TOKENIZER_INFO)).get("added_tokens_decoder")
        tokens = added.values() if isinstance(added, dict) else ()
        texts = (t.get("content") if isinstance(t, dict) else t for t in tokens)
        return tuple(dict.fromkeys(text for text in texts if isinstance(text, str) and text))
