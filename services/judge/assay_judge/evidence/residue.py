"""Counts what a chat template, a prompt or an interface left in a finished answer.

Control tokens, template headings with what they ask, role labels, unpaired reasoning tags, raw tool
calls, search-tool markers. Source: the chat templates of Granite, Llama, ChatML, Gemma, Mistral,
DeepSeek and Alpaca. Invariant: what the conversation before the turn holds itself is no residue.
"""

from itertools import islice

from assay.verifiers.patterns import Pattern, compile_pattern
from assay.verifiers.thinking import thinking_turns
from assay.verifiers.tool_leaks import find_leaks
from assay.verifiers.url_debris import find_url_debris
from assay_judge.evidence.turn import Turn

MAX_RESIDUE = 8  # counted in one turn
_TOKEN = compile_pattern(
    r"<\|/?[A-Za-z][A-Za-z0-9_.: -]{0,40}\|>|<｜[^｜<>\n]{1,40}｜>|\[/?INST\]|<</?SYS>>"
    r"|</?(?:start|end)_of_(?:turn|role|text)>|</s>|<no ?(?:in|out)put>"
)
_HEADING = compile_pattern(
    r"(?m)^[ \t]*#{2,4}[ \t]*(?:Instructions?|Input|Response|Human|User|Assistant|System)[ \t]*:"
    r"|^Below is an instruction that describes a task"
    r"|^(?:Human|Assistant|USER|ASSISTANT)[ \t]*:[ \t]"
)


def count_residue(turn: Turn) -> int:
    """How many pieces of scaffolding the prose of `turn` holds."""
    text = turn.text
    count = 0
    if "<" in text or "[INST" in text or "[/INST" in text:
        count += _count(turn, _TOKEN)
        count += len(find_leaks(turn.view, turn.index))
        thinking = thinking_turns(turn.view).get(turn.index)
        count += thinking is not None and thinking.fault is not None
    if "#" in text or "Below is an ins" in text or _may_hold_label(text):
        count += _count(turn, _HEADING)
    if "†" in text or "oaicite" in text or "turn0" in text or "sandbox:" in text:
        count += len(find_url_debris(turn.view.prose(turn.index)))
    return min(count, MAX_RESIDUE)


def _may_hold_label(text: str) -> bool:
    return "uman:" in text or "ssistant:" in text or "USER:" in text or "ASSISTANT:" in text


def _count(turn: Turn, pattern: Pattern) -> int:
    found = [m.group().strip() for m in islice(pattern.finditer(turn.view.prose(turn.index)), 64)]
    return sum(token not in turn.prompt for token in found)
