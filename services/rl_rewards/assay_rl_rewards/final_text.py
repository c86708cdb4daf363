r"""The final text of a response: what its author stands by, and the only thing that is graded.

A control token ends the text, for what follows it is a turn that the response made up. Thinking
is no answer: `<think>...</think>` goes, as does all that precedes a `</think>` nobody opened
(templates open it in the prompt); a `<think>` that is never closed leaves nothing. One pass each,
so the time is linear in any input. Sources: the chat templates of Granite, ChatML models, Llama 2
and 3, Gemma, Phi and DeepSeek.
"""

from dataclasses import dataclass

from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.verifier import MAX_RESPONSE_CHARS

READING = 1  # counts up when another text comes out of a response; part of reward versions

# `</s>` alone may close struck-out HTML; it ends a text where nothing, or a new text, follows.
_CONTROL = compile_pattern(
    r"<\|/?[A-Za-z][A-Za-z0-9_.:-]{0,60}\|>|<｜[^｜<>\n]{1,60}｜>|<(?:start|end)_of_turn>"
    r"|\[/?INST\]|<</?SYS>>|</s>\s*(?:<s>|\z)"
)
_THINK = compile_pattern(r"<(/?)think>", ignore_case=True)


@dataclass(frozen=True, slots=True)
class FinalText:
    """`text` holds no lone surrogate and is empty where `is_too_long`: nothing of it is graded."""

    text: str
    is_too_long: bool = False


def read_final_text(response: str) -> FinalText:
    """Return the final text of `response`, without thinking, control tokens and outer blanks.

    The limit (`MAX_RESPONSE_CHARS`, code points) is on the final text: thinking may be longer.
    """
    text = response if response.isascii() else response.encode("utf-8", "replace").decode("utf-8")
    token = _CONTROL.search(text) if "<" in text or "[" in text else None
    if token is not None:
        text = text[: token.start()]
    text = _without_thinking(text).strip()
    if len(text) > MAX_RESPONSE_CHARS:
        return FinalText("", is_too_long=True)
    return FinalText(text)


def _without_thinking(text: str) -> str:
    """A closing tag closes whatever is open, so that a tag named while thinking does no harm."""
    if "<" not in text:
        return text
    kept: list[str] = []
    position, is_open = 0, False
    for tag in _THINK.finditer(text):
        is_closing = bool(tag.group(1))
        if is_closing and not is_open:
            kept.clear()
        elif not is_closing and not is_open:
            kept.append(text[position : tag.start()])
        is_open = not is_closing
        position = tag.end()
    if is_open:
        return ""
    kept.append(text[position:])
    return "\n".join(part for part in kept if part)
