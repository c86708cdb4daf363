"""Evaluation items: the questions that no training sample may hold, read from the user's files.

A row has its question under `prompt`, `question`, `input` or `messages`, and may have an answer, a
passage, choices, and names (`benchmark`, `split`, `id`). Other names are declared in `ItemFields`.
A row without a question is counted with its reason; nothing is passed over in silence.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from pydantic import BaseModel, ConfigDict, Field

from assay.datasets.expansion import USUAL
from assay.datasets.json_text import JsonTextError, parse_json
from assay.datasets.lines import RawLine
from assay.datasets.reading import read_lines
from assay.datasets.sources import Source
from assay.domain.errors import InputError
from assay.domain.sample import JsonObject, JsonValue, Row

MAX_EXAMPLES = 5


class ItemFields(BaseModel):
    """Under which keys a row has what; the first that is there counts. `a.b` is `b` within `a`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: tuple[str, ...] = Field(
        default=("prompt", "question", "input", "messages"),
        description="a text, or a list of messages of which the user's turns are read",
    )
    answer: tuple[str, ...] = Field(
        default=("answer", "reference", "target"),
        description="a text, number, list (its first), or the place of a choice",
    )
    passage: tuple[str, ...] = Field(
        default=("passage", "context"), description="a text that the question is about"
    )
    choices: tuple[str, ...] = Field(
        default=("choices", "options"), description="a list of texts, or an object of them"
    )
    benchmark: tuple[str, ...] = Field(
        default=("benchmark",), description="default: the name of the file"
    )
    split: tuple[str, ...] = ("split",)
    id: tuple[str, ...] = Field(default=("id",), description="default: the number of the line")


@dataclass(frozen=True, slots=True)
class EvalItem:
    """One evaluation item; `turns` holds its question, one text a user turn."""

    benchmark: str
    split: str
    id: str
    turns: tuple[str, ...]
    answer: str = ""
    passage: str = ""
    choices: tuple[str, ...] = ()


@dataclass(slots=True)
class ReadingNotes:
    """What reading met: rows, and those that are no items, by reason, with a few examples."""

    num_rows: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def note(self, row: Row, reason: str) -> None:
        self.unread[reason] += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(f"{row}: {reason}")


class ItemError(ValueError):
    """A row is no evaluation item; the text says why."""


def read_items(
    sources: Sequence[Source], fields: ItemFields, notes: ReadingNotes
) -> Iterable[EvalItem]:
    """Yield the items of all sources in order.

    Raises:
        InputError: a file holds rows, and none of them is an item; or it expands too far.
    """
    for source in sources:
        num_rows, num_items = notes.num_rows, 0
        seen: JsonObject = {}
        for line in read_lines(source, bounds=USUAL):
            notes.num_rows += 1
            row = Row(source.name, line.number)
            try:
                seen = _object(line)
                item = item_of(seen, fields, row)
            except ItemError as exc:
                notes.note(row, str(exc))
            else:
                num_items += 1
                yield item
        if not num_items and notes.num_rows > num_rows:
            keys = ", ".join(repr(key[:40]) for key in list(seen)[:20]) or "none"
            raise InputError(
                f"expected evaluation items in {source.name!r}, each with a question under one of "
                f"{list(fields.question)}, found none in {notes.num_rows - num_rows:,} rows (keys "
                f"of the last: {keys}); name the key with --field question=KEY"
            )


def item_of(body: JsonObject, fields: ItemFields, row: Row) -> EvalItem:
    """Return the item of one row.

    Raises:
        ItemError: it has no question that is a text.
    """
    question = _first(body, fields.question)
    if question is None:
        raise ItemError(f"expected a question under one of {list(fields.question)}, found none")
    choices = _choices(_first(body, fields.choices))
    stem = PurePath(row.file).name.partition(".")[0]
    return EvalItem(
        benchmark=_name(_first(body, fields.benchmark)) or stem,
        split=_name(_first(body, fields.split)),
        id=_name(_first(body, fields.id)) or str(row.line),
        turns=_turns(question),
        answer=_answer(_first(body, fields.answer), choices),
        passage=_text(_first(body, fields.passage)),
        choices=choices,
    )


def _object(line: RawLine) -> JsonObject:
    if line.data is None:
        raise ItemError(line.damage or "expected a shorter line")
    try:
        body = parse_json(line.data)
    except JsonTextError as exc:
        raise ItemError(exc.reason) from None
    if not isinstance(body, dict):
        raise ItemError("expected a JSON object, found another value")
    return body


def _first(body: JsonObject, paths: Iterable[str]) -> JsonValue:
    for path in paths:
        value: JsonValue = body.get(path)
        if value is None and "." in path:
            value = body
            for key in path.split("."):
                value = value.get(key) if isinstance(value, dict) else None
        if value is not None and value != "":
            return value
    return None


def _turns(question: JsonValue) -> tuple[str, ...]:
    if isinstance(question, str):
        return (question,)
    if not isinstance(question, list):
        raise ItemError("expected a question that is a text or a list of messages, found neither")
    turns = tuple(
        text
        for message in question
        if (text := message if isinstance(message, str) else _user_text(message))
    )
    if not turns:
        raise ItemError("expected a user's turn with a text in the messages, found none")
    return turns


def _user_text(message: JsonValue) -> str:
    if not isinstance(message, dict) or message.get("role", message.get("from")) not in (
        "user",
        "human",
    ):
        return ""
    return _text(message.get("content", message.get("value")))


def _answer(value: JsonValue, choices: tuple[str, ...]) -> str:
    """The answer as a text; the place of a choice (a number from 0, or a letter) is that choice."""
    if isinstance(value, list):
        value = value[0] if value else None
    place = -1
    if isinstance(value, int) and not isinstance(value, bool):
        place = value
    elif isinstance(value, str) and len(letter := value.strip(" ().")) == 1 and letter.isascii():
        place = ord(letter.upper()) - ord("A")
    if 0 <= place < len(choices):
        return choices[place]
    return _text(value)


def _choices(value: JsonValue) -> tuple[str, ...]:
    if isinstance(value, dict):
        texts = value.get("text")  # {"text": [...], "label": [...]}
        value = texts if isinstance(texts, list) else list(value.values())
    if not isinstance(value, list):
        return ()
    return tuple(_text(choice) for choice in value)


def _text(value: JsonValue) -> str:
    """A text as it is, a number as JSON writes it, the texts of a list joined; else nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "\n".join(text for part in value if (text := _text(part)))
    if isinstance(value, dict):
        return _text(value.get("text"))
    return ""


def _name(value: JsonValue) -> str:
    return _text(value)[:200]
