"""One judged turn as the judge is shown it: evidence first, the response last.

Everything that comes from the sample (roles apart) is a JSON string literal on a line of its own,
`name: "text"`, between marker lines that carry a code. So a text can neither end its line nor forge
a marker, and a tokenizer finds no control token in it. Invariants: deterministic, linear, and
`json.loads` gives back every field as it was.

The code is keyed (HMAC), so that nobody who writes a sample knows it, and it is the same for all
turns of a sample: they share the beginning of their texts, and with it the server's prefix cache.
"""

import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assay.domain.sample import ROLES, Document, JsonObject, Message, Sample, Tool, ToolCall
from assay_judge.hostile.defences import Defences
from assay_judge.hostile.encoding import encode_text, literal_of, may_hold_tokens
from assay_judge.prompts.files import read_prompts

NONCE_CHARS = 12
LAYOUT_VERSION = 1  # raised with every change of what is written around the sample's texts
ALL_DEFENCES = Defences()
_LINE_ENDS = {ord("\n"): " ", ord("\r"): " "}
_SOURCES = {"user": "U", "tool": "T"}  # letters by which a judge names where a claim comes from


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is shown for one judged turn.

    Attributes:
        sample: the conversation.
        turn: index of the judged assistant message; later messages are not shown.
        facts: sentences of `code_facts`: one line each, their quotes encoded.
        first_turn: earlier messages before this index are left out, system messages excepted.
        documents: those to show; None shows all of the sample's.
        group: 1-based number and total of the document groups, when they are shown in parts.
    """

    sample: Sample
    turn: int
    facts: tuple[str, ...] = ()
    first_turn: int = 0
    documents: tuple[Document, ...] | None = None
    group: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text, and how many control tokens of the sample were made harmless in it."""

    text: str
    num_neutralised: int


def render_exhibit(
    exhibit: Exhibit,
    *,
    nonce: str,
    special_tokens: Sequence[str] = (),
    defences: Defences = ALL_DEFENCES,
) -> Rendered:
    """Return what the user's message shows, up to its task.

    Args:
        exhibit: what to show.
        nonce: the code of the marker lines, from `nonce_of`.
        special_tokens: the server's own control tokens, beside the known families.
        defences: all on; the attack suite turns some off.
    """
    code = f" {nonce}" if defences.nonce else ""
    page = _Page(special_tokens, defences)
    page.line(f"[DATA{code}]")
    for number, tool in enumerate(exhibit.sample.tools, 1):
        page.tool(number, tool)
    _write_documents(page, exhibit)
    _write_turns(page, exhibit)
    page.line(f"[END DATA{code}]")
    if exhibit.facts:
        page.line(f"[FACTS{code}]")
        page.facts(exhibit.facts)
        page.line(f"[END FACTS{code}]")
    page.line(f"[RESPONSE{code}]")
    _write_response(page, exhibit.sample.messages[exhibit.turn])
    page.line(f"[END RESPONSE{code}]")
    return page.rendered()


def nonce_of(key: bytes, exhibit: Exhibit) -> str:
    """Return the code for the marker lines: 12 hex digits of HMAC-SHA256 over the whole sample.

    The same for all turns and parts of a sample; nobody without `key` can know it.
    """
    return hmac.digest(key, _canonical(exhibit.sample), "sha256").hex()[:NONCE_CHARS]


class _Page:
    """What is written so far: our own lines, and the sample's fields by name."""

    def __init__(self, special_tokens: Sequence[str], defences: Defences) -> None:
        self._parts: list[tuple[str, str | None]] = []
        self._special_tokens = special_tokens
        self._defences = defences

    def line(self, text: str) -> None:
        """Write a line of ours."""
        self._parts.append((text, None))

    def field(self, name: str, text: str) -> None:
        """Write one field of the sample; `name` is ours."""
        self._parts.append((name, text))

    def rendered(self) -> Rendered:
        """The page, with all fields looked at together before any is looked at alone."""
        texts = [text for _, text in self._parts if text is not None]
        if not self._defences.encode:
            return Rendered("\n".join(_lines(self._parts, texts)), 0)
        tokens, neutralise = self._special_tokens, self._defences.neutralise
        if not neutralise or not may_hold_tokens("\n".join(texts), tokens):
            return Rendered("\n".join(_lines(self._parts, map(literal_of, texts))), 0)
        encoded = [encode_text(text, tokens) for text in texts]
        lines = _lines(self._parts, (one.literal for one in encoded))
        return Rendered("\n".join(lines), sum(one.num_neutralised for one in encoded))

    def tool(self, number: int, tool: Tool) -> None:
        self.field(f"tool {number} name", tool.name)
        if tool.description:
            self.field(f"tool {number} description", tool.description)
        if tool.parameters is not None:
            self.field(f"tool {number} parameters", _json_text(tool.parameters))

    def document(self, number: int, document: Document) -> None:
        self.field(f"D{number} id", document.doc_id)
        if document.title:
            self.field(f"D{number} title", document.title)
        self.field(f"D{number} text", document.text)

    def message(self, label: str, message: Message) -> None:
        if message.name is not None:
            self.field(f"{label} name", message.name)
        if message.tool_call_id is not None:
            self.field(f"{label} answers call", message.tool_call_id)
        if message.content is not None:
            self.field(label, message.content)
        self.calls(f"{label} ", message.tool_calls)

    def calls(self, label: str, calls: Iterable[ToolCall]) -> None:
        for number, call in enumerate(calls, 1):
            if call.id is not None:
                self.field(f"{label}call {number} id", call.id)
            self.field(f"{label}call {number} name", call.name)
            self.field(f"{label}call {number} arguments", call.arguments)

    def facts(self, facts: Iterable[str]) -> None:
        """Write our own sentences, whose quotes are encoded, but not for this server's tokens."""
        text = "\n".join(f"- {fact.translate(_LINE_ENDS)}" for fact in facts)
        if self._defences.encode and self._defences.neutralise:
            for token in self._special_tokens:
                if token.strip() and token in text:
                    broken = encode_text(token, self._special_tokens).literal[1:-1]
                    text = text.replace(token, broken)
        self.line(text)


def _lines(parts: Iterable[tuple[str, str | None]], shown: Iterable[str]) -> Iterator[str]:
    """The lines of a page; `shown` are its fields' texts as they are written, in order."""
    shown = iter(shown)
    for text, field in parts:
        yield text if field is None else f"{text}: {next(shown)}"


def _write_documents(page: _Page, exhibit: Exhibit) -> None:
    """Write the documents under their numbers in the sample, whichever of them are shown."""
    every = exhibit.sample.documents
    shown = every if exhibit.documents is None else exhibit.documents
    if exhibit.group is not None:
        number, total = map(str, exhibit.group)
        page.line(_note("group", number=number, total=total))
    elif len(shown) < len(every):
        page.line(_note("documents", count=str(len(every) - len(shown))))
    numbers = _document_numbers(every)
    for position, document in enumerate(shown, len(every) + 1):
        place = numbers.get(id(document)) or numbers.get(document.doc_id) or position
        page.document(place, document)


def _document_numbers(documents: Sequence[Document]) -> dict[int | str, int]:
    """1-based numbers by identity, and by id for the pieces that a long document was cut into."""
    numbers: dict[int | str, int] = {}
    for number, document in enumerate(documents, 1):
        numbers[id(document)] = number
        numbers.setdefault(document.doc_id, number)
    return numbers


def _write_turns(page: _Page, exhibit: Exhibit) -> None:
    """Write the turns before the judged one; user turns and tool results keep their numbers."""
    messages = exhibit.sample.messages[: exhibit.turn]
    num_omitted = sum(message.role != "system" for message in messages[: exhibit.first_turn])
    counts = dict.fromkeys(_SOURCES, 0)
    for index, message in enumerate(messages):
        role = message.role if message.role in ROLES else "other"
        source = _SOURCES.get(role)
        if source:
            counts[role] += 1
        if role != "system" and index < exhibit.first_turn:
            if num_omitted:
                page.line(_note("turns", count=str(num_omitted)))
                num_omitted = 0
            continue
        label = f"{role} {source}{counts[role]}" if source else role
        page.message(f"turn {index} {label}", message)


def _note(key: str, **fields: str) -> str:
    return read_prompts().file("notes").phrase(key).fill(fields)


def _write_response(page: _Page, message: Message) -> None:
    if message.content is None:
        page.line("content: null")
    else:
        page.field("content", message.content)
    page.calls("", message.tool_calls)


def _canonical(sample: Sample) -> bytes:
    """All content of a sample without ambiguity: each part behind its length."""
    parts = ["-" if part is None else f"{len(part)}:{part}" for part in _parts(sample)]
    return "".join(parts).encode("utf-8", "surrogatepass")


def _parts(sample: Sample) -> list[str | None]:
    """A list, not a generator: half the time, and every judgement needs it."""
    parts: list[str | None] = []
    for tool in sample.tools:
        parameters = None if tool.parameters is None else _json_text(tool.parameters)
        parts += ("tool", tool.name, tool.description, parameters)
    for document in sample.documents:
        parts += ("document", document.doc_id, document.title, document.text)
    for message in sample.messages:
        parts += ("message", message.role, message.content, message.name, message.tool_call_id)
        for call in message.tool_calls:
            parts += ("call", call.id, call.name, call.arguments)
    return parts


def _json_text(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)
