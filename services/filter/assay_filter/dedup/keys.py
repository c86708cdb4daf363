"""From a sample to the texts that are compared, and the keys that tell equal ones.

Canonical content is everything a trainer could see (roles, texts, tool calls, tools, documents)
after NFC, newline normalisation and removal of white space at line ends. For similarity the sample
is cut into three sides: the setting (system, tools, documents, tool results), the query (user
turns) and the response (assistant turns). Setting and query together are the context.

Invariant: equal canonical content gives equal sides, so copies of a sample share every feature.
"""

import hashlib
import unicodedata
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.datasets.json_text import dump_json
from assay.domain.sample import Message, Sample, Tool, ToolCall

Units: TypeAlias = NDArray[np.uint16]

SEGMENT_MARK = "\x1e"  # between the segments of a side
SIDE_MARK = "\x1f"  # after each side, when a chunk is laid out as one array
_LETTERS = {"system": "s", "user": "u", "assistant": "a", "tool": "o"}


class DedupText(NamedTuple):
    """What deduplication reads of one sample.

    `turns` spells the order of the segments: t tool, d document, s system, o tool result (all of
    the setting), u user (query), a assistant (response). Segments of a side are joined by
    `SEGMENT_MARK`.
    """

    query: str
    response: str
    canonical: bytes
    setting: str = ""
    turns: str = "ua"


def dedup_text(sample: Sample) -> DedupText:
    """Cut a sample into its sides and write its canonical content."""
    tools = [_segment(_tool_text(tool)) for tool in sample.tools]
    documents = [_segment(f"{document.title}\n{document.text}") for document in sample.documents]
    texts = [(_LETTERS[message.role], _segment(_spoken(message))) for message in sample.messages]
    setting = [*tools, *documents, *(text for letter, text in texts if letter in "so")]
    return DedupText(
        query=SEGMENT_MARK.join(text for letter, text in texts if letter == "u"),
        response=SEGMENT_MARK.join(text for letter, text in texts if letter == "a"),
        canonical=canonical_content(sample),
        setting=SEGMENT_MARK.join(setting),
        turns="t" * len(tools) + "d" * len(documents) + "".join(letter for letter, _ in texts),
    )


def canonical_content(sample: Sample) -> bytes:
    """Write what a trainer could see as JSON bytes, texts in canonical form."""
    content = [
        [_canonical_message(message) for message in sample.messages],
        [[tool.name, canonical_text(tool.description), tool.parameters] for tool in sample.tools],
        [
            [document.doc_id, canonical_text(document.title), canonical_text(document.text)]
            for document in sample.documents
        ],
    ]
    return dump_json(content, sort_keys=True)


def canonical_text(text: str) -> str:
    """NFC, newlines as LF, no white space at the ends of lines or of the text."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if " \n" in text or "\t\n" in text or "\u00a0\n" in text or "\u3000\n" in text:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    return text.rstrip()


def exact_key(canonical: bytes) -> bytes:
    """The first 16 bytes of the SHA-256 of canonical content."""
    return hashlib.sha256(canonical).digest()[:16]


class NearKeys(NamedTuple):
    """Keys that ignore case, white space and prose punctuation, 16 bytes each.

    `prompt` covers everything before the last assistant turn; all zero when nothing stands there.
    """

    whole: bytes
    prompt: bytes


def near_keys(context: Units, response: Units, text: DedupText) -> NearKeys:
    """Hash the reduced sides of a sample; each side and segment ends with a `SEGMENT_MARK`."""
    turns = text.turns
    prompt = hashlib.sha256(context.data)
    whole = prompt.copy()
    whole.update(response.data)
    whole.update(turns.encode())
    before, _, after = turns.rpartition("a")
    if after:
        context = _context_before(context, before, text)
        prompt = hashlib.sha256(context.data)
    earlier = _first_segments(response, before.count("a"))
    if _is_blank(context) and _is_blank(earlier):
        return NearKeys(whole.digest()[:16], bytes(16))
    prompt.update(earlier.data)
    prompt.update(before.encode())
    return NearKeys(whole.digest()[:16], prompt.digest()[:16])


def _context_before(context: Units, before: str, text: DedupText) -> Units:
    """The context of a conversation that goes on after its last answer, up to that answer."""
    num_query = before.count("u")
    num_setting = len(before) - before.count("a") - num_query
    setting = _first_segments(context, 1 + text.setting.count(SEGMENT_MARK))
    query = context[len(setting) :]
    blank = np.array([ord(SEGMENT_MARK)], np.uint16)  # how an absent side is written
    return np.concatenate(
        [
            _first_segments(setting, num_setting) if num_setting else blank,
            _first_segments(query, num_query) if num_query else blank,
        ]
    )


def _first_segments(side: Units, count: int) -> Units:
    if count == 0:
        return side[:0]
    return side[: np.flatnonzero(side == ord(SEGMENT_MARK))[count - 1] + 1]


def _is_blank(side: Units) -> bool:
    return len(side) < 64 and not np.any(side != ord(SEGMENT_MARK))


def _canonical_message(message: Message) -> list[object]:
    content = None if message.content is None else canonical_text(message.content)
    calls = [[call.id, call.name, call.arguments] for call in message.tool_calls]
    return [message.role, content, calls, message.tool_call_id, message.name]


def _spoken(message: Message) -> str:
    content = message.content or ""
    if not message.tool_calls and message.role != "tool":
        return content
    named = [message.name or ""] if message.role == "tool" else []
    return "\n".join([*named, content, *(_call_text(call) for call in message.tool_calls)])


def _call_text(call: ToolCall) -> str:
    return f"{call.name}({call.arguments})"


def _tool_text(tool: Tool) -> str:
    parameters = dump_json(tool.parameters, sort_keys=True).decode()
    return f"{tool.name}\n{tool.description}\n{parameters}"


def _segment(text: str) -> str:
    """The text without the two marks, which structure the layout."""
    if SEGMENT_MARK in text or SIDE_MARK in text:
        return text.replace(SEGMENT_MARK, " ").replace(SIDE_MARK, " ")
    return text
