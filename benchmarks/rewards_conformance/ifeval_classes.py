"""Why a check of ours and a published verdict of IFEval disagree.

A class is decided by what stands in the answer, never by the verdicts alone; what no class takes is
`unexplained`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.keywords import count_occurrences
from assay_rl_rewards.constraints.sentences import split_sentences
from assay_rl_rewards.constraints.substance import has_word

WRONG_VERDICTS = {
    "keyword_stands": "the keyword stands in the text, where a Japanese tokenizer cut it in two",
    "list_numbers": "the numbers of list items were counted as sentences",
    "request_only": "the request is repeated and not answered, where both were asked for",
    "nothing_after_mark": "a postscript that says nothing, or that begins the answer",
    "asterisks_as_response": "a run of asterisks was taken for a second response",
    "bullet_before_highlight": "the bullet's asterisk was paired with the highlight's",
    "curly_quotes": "the answer stands in curly double quotation marks",
}
OUR_RULES = {
    "inside_longer_word": "the keyword stands only inside longer words ('robber' in 'robbers')",
    "phrase_only": "the answer is the closing phrase and nothing else",
    "nothing_to_do": "no word that the instruction is about stands in the text",
    "language_not_told": "a few words, of which the language cannot be told",
}
UNEXPLAINED = {"unexplained": "listed below"}
CLASSES = {**WRONG_VERDICTS, **OUR_RULES, **UNEXPLAINED}
_LIST_NUMBER = compile_pattern(r"(?:^|\s)[0-9]{1,3}\.(?:\s|$)")
_BULLET_THEN_HIGHLIGHT = compile_pattern(r"(?m)^\s*\*\s+\*")
_FEW_LETTERS = 60


def classify(id: str, kwargs: Mapping[str, Any], answer: str, *, is_followed: bool) -> str:
    """The class of a disagreement on instruction `id`."""
    family = id.split(":")[-1]
    explain = _EXPLANATIONS.get(family)
    return (explain(kwargs, answer, is_followed) if explain else None) or "unexplained"


def _keyword(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    words = kwargs.get("keywords") or [kwargs["keyword"]]
    whole = [count_occurrences(word, answer) for word in words]
    parts = [answer.lower().count(word.lower()) for word in words]
    if whole != parts:
        return "inside_longer_word"
    return "keyword_stands" if not is_followed and all(whole) else None


def _sentences(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    limit, number = kwargs["num_sentences"], len(split_sentences(answer))
    numbers = sum(1 for _ in _LIST_NUMBER.finditer(answer))
    return "list_numbers" if number < limit <= number + numbers else None


def _request(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    rest = answer.strip()[len(kwargs["prompt_to_repeat"].strip()) :]
    return None if any(map(str.isalnum, rest)) else "request_only"


def _phrase(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    is_all = answer.strip().strip('"').lower() == kwargs["end_phrase"].strip().lower()
    return "phrase_only" if is_all else None


def _postscript(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    before, _, after = answer.lower().rpartition(kwargs["postscript_marker"].lower())
    return None if has_word(before) and has_word(after) else "nothing_after_mark"


def _two_responses(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    parts = [part for part in answer.split("******") if part.strip()]
    return "asterisks_as_response" if any(not has_word(part) for part in parts) else None


def _highlights(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    found = None if is_followed else _BULLET_THEN_HIGHLIGHT.search(answer)
    return "bullet_before_highlight" if found is not None else None


def _quotation(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    return "curly_quotes" if not is_followed and answer.strip()[:1] == "\u201c" else None


def _language(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    return "language_not_told" if sum(map(str.isalpha, answer)) < _FEW_LETTERS else None


def _nothing_to_do(kwargs: Mapping[str, Any], answer: str, is_followed: bool) -> str | None:
    return "nothing_to_do" if is_followed else None


_EXPLANATIONS: Mapping[str, Callable[[Mapping[str, Any], str, bool], str | None]] = {
    "existence": _keyword,
    "frequency": _keyword,
    "number_sentences": _sentences,
    "repeat_prompt": _request,
    "end_checker": _phrase,
    "postscript": _postscript,
    "two_responses": _two_responses,
    "number_highlighted_sections": _highlights,
    "quotation": _quotation,
    "english_capital": _language,
    "english_lowercase": _language,
    "response_language": _language,
    "furigana": _nothing_to_do,
    "accents": _nothing_to_do,
}
