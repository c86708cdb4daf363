"""Answers that say nothing and yet please model judges: "master keys".

The idea: a lone ":" or "Thought process:" makes model judges call an answer right (arXiv 2507.08794
measures it over several judges and languages), so such answers are found by code before any model
sees them. Found are an empty turn, bare punctuation, a bare opener, and the question copied out. A
short answer that says something ("42", "Yes.", "C", ":-)") is no key.
"""

from dataclasses import dataclass

from assay.domain.sample import Sample
from assay.verifiers.echo import asks_to_repeat, asks_to_transform, fold, may_hold, width
from assay.verifiers.patterns import compile_pattern
from assay_judge.hostile.openers import OPENERS

MAX_OPENER = 160  # characters; longer texts are not looked at as openers
MIN_COPIED = 24  # width of a prompt whose copy is no answer; a short one may rightly be repeated
COPY_RATIO = 1.15  # a copy may be so much longer than its prompt
MIN_SHARE = 0.85  # ... and must be at least so much of it
MAX_COPIED = 20_000  # characters of a prompt that are compared

_SAYS_SOMETHING = compile_pattern(r"[\pL\pN\pS]")
_EMOTICON = compile_pattern(r"[:;=8xX][-o*']?[()\[\]DPpOo/\\|3<>]|[()][-o]?[:;]|<3|\^_?\^")
_ASKS_FOR_MARK = compile_pattern(
    r"punctuation|symbol|character|operator|emoticon|smiley|sign\b|Zeichen|Symbol|signo|símbolo"
    r"|caractère|signe|simbol|znak|znaménk|teken|رمز|علامة|标点|符号|記号|句読点|기호|부호|[?_]{2,}",
    ignore_case=True,
)

_ASKS_FOR_WORD = compile_pattern(
    r"classif|categor|\blabel|synonym|antonym|translat|one word|single word|fill in|identify"
    r"|\bword for|\btitle|\bheading|(?:which|what) (?:word|term|one|option|category"
    r"|type|kind|class)"
    r"|\bordne|klassifizier|kategori|übersetz|ein wort|clasific|traduc|sinónimo|una palabra"
    r"|catégor|tradui|synonyme|un mot|分類|翻訳|訳し|類義語|一語|単語|tradu|sinônimo|uma palavra"
    r"|صنف|ترجم|مرادف|كلمة|klasifik|zařaď|přelož|jedním slovem|sinonimo|una parola|분류|번역|유의어"
    r"|단어|vertaal|synoniem|één woord|分类|翻译|同义词|一个词|词语",
    ignore_case=True,
)
_QUESTION_MARKS = ("?", "？", "؟")
_HEADING = "#> \t"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """Why an answer says nothing: `empty`, `punctuation_only`, `opener_only`, `copy_of_prompt`."""

    kind: str
    quote: str


def find_master_key(sample: Sample, turn: int) -> MasterKey | None:
    """Return why the assistant message `turn` says nothing, or None when it says something.

    A turn that calls tools is never a key: it acts.
    """
    message = sample.messages[turn]
    if message.tool_calls:
        return None
    text = (message.content or "").strip()
    if not text:
        return MasterKey("empty", "")
    asked = _question(sample, turn)
    if _is_bare_punctuation(text, asked):
        return MasterKey("punctuation_only", text[:MAX_OPENER])
    if len(text) <= MAX_OPENER and _is_opener(text) and not _is_asked_for(text, asked):
        return MasterKey("opener_only", text)
    if _is_copy(text, asked):
        return MasterKey("copy_of_prompt", text[:MAX_OPENER])
    return None


def _question(sample: Sample, turn: int) -> str:
    users = (m.content for m in reversed(sample.messages[:turn]) if m.role == "user")
    return next(users, None) or ""


def _is_bare_punctuation(text: str, asked: str) -> bool:
    says_something = any(map(str.isalnum, text[:16])) or _SAYS_SOMETHING.search(text) is not None
    if says_something and not _is_markup(text):
        return False
    return _EMOTICON.fullmatch(text) is None and _ASKS_FOR_MARK.search(asked) is None


def _is_markup(text: str) -> bool:
    """Whether only Markdown and code fences stand there, which hold symbols such as ` and |."""
    return not text.strip("`|~<>=+-*_#\\^$ \t\r\n:.,;!?()[]{}\"'/")


def _is_opener(text: str) -> bool:
    lines = [fold(line.strip(_HEADING)) for line in text.splitlines()]
    told = [line for line in lines if line]
    return bool(told) and all(line in OPENERS for line in told)


def _is_asked_for(text: str, asked: str) -> bool:
    """Whether the word is what the question asks for: a class, a translation, a synonym."""
    return ":" not in text and "\n" not in text and _ASKS_FOR_WORD.search(asked) is not None


def _is_copy(text: str, asked: str) -> bool:
    if not asked or len(asked) > MAX_COPIED or len(text) > COPY_RATIO * len(asked) + MIN_COPIED:
        return False
    question = fold(asked)
    if width(question) < MIN_COPIED or not _may_be_copy(text.lower(), question):
        return False
    answer = fold(text)
    if len(answer) > COPY_RATIO * len(question):
        return False
    is_whole = answer == question or question in answer
    is_statement = asked.rstrip().endswith(_QUESTION_MARKS) and not text.endswith(_QUESTION_MARKS)
    is_most = answer in question and len(answer) >= MIN_SHARE * len(question) and not is_statement
    if not (is_whole or is_most):
        return False
    return not (asks_to_repeat(asked) or asks_to_transform(asked))


def _may_be_copy(answer: str, question: str) -> bool:
    """What spares most answers the folding: too short, or words in the middle of other texts."""
    if len(answer) < MIN_SHARE * len(question):
        return False
    return may_hold(answer, question) or may_hold(question, answer)
