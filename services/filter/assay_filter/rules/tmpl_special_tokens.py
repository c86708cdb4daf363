"""Finds control tokens of chat templates in content, where a tokenizer would obey them.

A token inside the text ends or forges a turn when the sample is rendered. In code, and in
conversations that are about tokenizers or templates, tokens may be meant. Source: the chat
templates of Granite, Llama 2 and 3, ChatML, Gemma, Mistral, DeepSeek, GLM, T5 and Phi.
"""

from collections.abc import Iterable
from itertools import islice

from pydantic import Field

from assay.domain.action import Action, Drop, Fix, Flag, Place
from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings

_TOKEN = compile_pattern(
    r"<\|/?[A-Za-z][A-Za-z0-9_.: -]{0,40}\|>|<｜[^｜<>\n]{1,40}｜>|\[/?INST\]|<</?SYS>>"
    r"|</?(?:start|end)_of_(?:turn|role|text|image)>|\[/?(?:AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS"
    r"|SYSTEM_PROMPT)\]|\[gMASK\]|<extra_id_[0-9]+>|<unused[0-9]+>|<0x[0-9A-F]{2}>"
)
_EDGE_TOKEN = compile_pattern(
    r"\A\s*(?:<s>|<bos>|<sop>|\[CLS\])|(?:</s>|<eos>|<eop>|<pad>|\[SEP\]|\[PAD\])\s*\z"
)
# Tokens that end or begin a text: what a rendering left at its edges, where cutting loses nothing.
_TRAILING = compile_pattern(
    r"(?:\s*(?:<\|(?:endoftext|end_of_text|end|im_end|eot_id|eom_id|eot|end_of_turn|endofturn|return)\|>"
    r"|<｜end▁of▁sentence｜>|</s>|<eos>|<eop>|<pad>|<end_of_turn>|\[PAD\]|\[SEP\]))+\s*\z"
)
_LEADING = compile_pattern(
    r"\A(?:\s*(?:<\|(?:begin_of_text|startoftext|endoftext|assistant)\|>|<｜begin▁of▁sentence｜>"
    r"|<s>|<bos>|<sop>|<\|im_start\|>assistant\n|\[CLS\]))+\s*"
)
_SUBJECT = compile_pattern(
    r"tokeni[sz]|special tokens?|chat ?ml|chat template|prompt (?:format|template)|fine-?tun"
    r"|\b(?:bos|eos)\b|vocabular|jeton|分词|词元|トークン|토큰|رمز خاص",
    ignore_case=True,
)
_FORGED_TURN = compile_pattern(
    r"(?m)^(?:###? ?(?:Instruction|Response|Human|Assistant|User)s?:|Human:|Assistant:)"
)
_FORGED_PAIR = 2  # one label may be a heading, two are a dialogue


class TmplSpecialTokensSettings(RuleSettings):
    """Which signs are looked for beyond the tokens themselves."""

    strip_edges: bool = Field(
        default=True,
        description="true cuts tokens at the very start or end of an assistant turn, a fix; "
        "false drops these turns too",
    )
    forged_turns: bool = Field(
        default=True,
        description="true notes assistant turns with two or more role labels at line starts",
    )


class TmplSpecialTokens(Rule[TmplSpecialTokensSettings]):
    """Yields at most one action for each turn or document, for its first token."""

    id = "tmpl.special_tokens"
    summary = "Template tokens in assistant turns drop (cut at the edges, a fix), else flag (caps)"
    settings_type = TmplSpecialTokensSettings

    def check(self, view: View) -> Iterable[Action]:
        for index, message in enumerate(view.messages):
            content = message.content
            if not content:
                continue
            if "<" in content or "[" in content:
                yield from self._tokens(view, index, message.role)
            if message.role == "assistant" and self.settings.forged_turns and ":" in content:
                yield from _forged_turns(content, index)
        for number, document in enumerate(view.sample.documents):
            if "<" in document.text and (match := _TOKEN.search(document.text)) is not None:
                yield Flag(f"document {number} holds the template token {match.group()!r}")

    def _tokens(self, view: View, index: int, role: str) -> Iterable[Action]:
        content = view.text(index)
        match = _first(content)
        if match is None:
            return
        if role == "assistant" and self.settings.strip_edges:
            stripped = _cut_edges(content)
            if stripped != content and stripped.strip() and _first(stripped) is None:
                edits = text_edits(f"/messages/{index}/content", content, stripped)
                token = match.group().strip()
                yield Fix(edits, f"turn {index}: template token {token!r} at the edge")
                return
        in_prose = _first(view.prose(index))
        found = in_prose or match
        token = found.group().strip()
        place = Place(index, found.start(), found.group())
        reason = f"turn {index} ({role}) holds the template token {token[:80]!r}"
        if role != "assistant":
            if role != "system" or in_prose is not None:
                yield Flag(reason, caps=in_prose is not None, place=place)
        elif in_prose is None:
            yield Flag(f"{reason} in code", caps=False, place=place)
        elif _is_subject(view, index, token):
            yield Flag(f"{reason}, as its subject", place=place)
        else:
            yield Drop(reason, place=place)


def _first(text: str) -> Match | None:
    match = _TOKEN.search(text)
    if match is None and ((text.lstrip()[:1] in ("<", "[")) or text.rstrip()[-1:] in (">", "]")):
        match = _EDGE_TOKEN.search(text)
        if match is not None and "<s>" in match.group() and _is_struck(text):
            return None
    return match


def _cut_edges(text: str) -> str:
    return _TRAILING.sub("", text if _is_struck(text) else _LEADING.sub("", text))


def _is_struck(text: str) -> bool:
    """`<s>` with its end inside of the text is struck-out text, not a beginning of sequence."""
    return "</s>" in text.rstrip()[: -len("</s>")]


def _is_subject(view: View, index: int, token: str) -> bool:
    user = view.user_text_before(index)
    return token in user or _SUBJECT.search(user) is not None


def _forged_turns(content: str, index: int) -> Iterable[Action]:
    if "uman:" not in content and "ssistant:" not in content and "##" not in content:
        return
    labels = [m.group() for m in islice(_FORGED_TURN.finditer(content), 2 * _FORGED_PAIR)]
    if len(labels) >= _FORGED_PAIR:
        yield Flag(f"turn {index} holds role labels of a template: {labels!r}", caps=False)
