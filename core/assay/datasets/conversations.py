"""Finds the conversation in a row: chat lists (OpenAI, ShareGPT), Alpaca, prompt and completion.

Each reader returns the canonical turns and the keys that it used, or None where the row is of
another format. A null counts as absent: unions of formats are padded with nulls.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from assay.datasets.json_text import parse_embedded
from assay.datasets.turns import canonical_turn
from assay.domain.sample import JsonObject, JsonValue

Format: TypeAlias = Literal["messages", "sharegpt", "alpaca", "prompt_completion", "openai_tools"]

_CHAT_KEYS = ("messages", "conversations", "conversation")
_TOOL_KEYS = ("tools", "functions")
_PROMPT_KEYS = ("prompt", "question", "query")
_ANSWER_KEYS = ("output", "completion", "response", "answer")
_ALPACA_INPUT_KEYS = ("input", "context")
_SYSTEM_KEYS = ("system", "system_prompt")


@dataclass(slots=True)
class Conversation:
    """Turns in canonical shape, leftover keys by turn, and the row's keys that were used."""

    format: Format
    messages: list[JsonValue] = field(default_factory=list)
    extra: dict[int, JsonObject] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    has_calls: bool = False

    def add(self, turn: JsonValue) -> None:
        message, extra = canonical_turn(turn)
        if extra:
            self.extra[len(self.messages)] = extra
        if message is not turn and isinstance(message, dict) and "tool_calls" in message:
            self.has_calls = True
        self.messages.append(message)

    def say(self, role: str, content: JsonValue) -> None:
        self.messages.append({"role": role, "content": content})

    def add_system(self, row: JsonObject) -> None:
        """Begin with the system text that the row holds beside its turns."""
        key = _first(row, _SYSTEM_KEYS)
        if key is None:
            return
        text = row[key]
        if isinstance(text, str) and text.strip():
            self.say("system", text)
        if isinstance(text, str):
            self.used.add(key)


def find_conversation(row: JsonObject) -> Conversation | None:
    """Return the conversation of `row`, or None where no known format fits."""
    return _read_chat(row) or _read_alpaca(row) or _read_prompt_completion(row)


def why_no_conversation(row: JsonObject) -> str:
    """Say what was expected of a row without a conversation, what was found and what to do."""
    expected = (
        "expected a conversation ('messages' or 'conversations' with a list of turns, "
        "'instruction' with 'output', or 'prompt' with 'completion')"
    )
    for key in _CHAT_KEYS:
        if row.get(key) is not None:
            return f"{expected}, found {key!r} that holds no list of turns; make it a list"
    prompt = _first(row, ("instruction", *_PROMPT_KEYS))
    if _first(row, ("chosen",)) is not None:
        return f"{expected}, found a preference pair ('chosen'); keep one answer as 'completion'"
    if prompt is not None:
        return f"{expected}, found {prompt!r} without an answer; add one under 'completion'"
    keys = ", ".join(repr(key[:40]) for key in list(row)[:8]) or "no keys"
    return f"{expected}, found {keys}; rename the keys"


def _read_chat(row: JsonObject) -> Conversation | None:
    for key in _CHAT_KEYS:
        turns = row.get(key)
        if turns is None:
            continue
        turns = parse_embedded(turns)
        if isinstance(turns, list):
            return _chat(row, key, turns)
    return None


def _chat(row: JsonObject, key: str, turns: list[JsonValue]) -> Conversation:
    chat = Conversation("messages", used={key})
    first = turns[0] if turns else None
    if not (isinstance(first, dict) and "system" in (first.get("role"), first.get("from"))):
        chat.add_system(row)
    for turn in turns:
        chat.add(turn)
    if key != "messages" or (isinstance(first, dict) and "role" not in first and "from" in first):
        chat.format = "sharegpt"
    elif _first(row, _TOOL_KEYS) is not None or chat.has_calls:
        chat.format = "openai_tools"
    return chat


def _read_alpaca(row: JsonObject) -> Conversation | None:
    answer = _first(row, _ANSWER_KEYS)
    if row.get("instruction") is None or answer is None:
        return None
    chat = Conversation("alpaca", used={"instruction", answer})
    chat.add_system(row)
    _add_history(chat, row)
    instruction = row["instruction"]
    extra_key = _first(row, _ALPACA_INPUT_KEYS)
    extra = row[extra_key] if extra_key is not None else None
    if extra_key is not None and isinstance(extra, str) and isinstance(instruction, str):
        chat.used.add(extra_key)
        if extra.strip():
            instruction = f"{instruction}\n\n{extra}"
    chat.say("user", instruction)
    chat.say("assistant", row[answer])
    return chat


def _add_history(chat: Conversation, row: JsonObject) -> None:
    history = parse_embedded(row.get("history"))
    if not isinstance(history, list):
        return
    if all(isinstance(pair, list) and len(pair) == 2 for pair in history):
        chat.used.add("history")
        for question, answer in history:
            chat.say("user", question)
            chat.say("assistant", answer)


def _read_prompt_completion(row: JsonObject) -> Conversation | None:
    prompt, answer = _first(row, _PROMPT_KEYS), _first(row, _ANSWER_KEYS)
    if prompt is None or answer is None:
        return None
    chat = Conversation("prompt_completion", used={prompt, answer})
    chat.add_system(row)
    for role, value in (("user", row[prompt]), ("assistant", row[answer])):
        if isinstance(value, list) and value and all(isinstance(turn, dict) for turn in value):
            for turn in value:
                chat.add(turn)
        else:
            chat.say(role, value)
    return chat


def _first(row: JsonObject, keys: tuple[str, ...]) -> str | None:
    """Return the first of `keys` that holds something."""
    for key in keys:
        if row.get(key) is not None:
            return key
    return None
