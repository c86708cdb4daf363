"""Figures that a model states of itself: dates, counts of parameters, context lengths, cutoffs.

A figure is a number of two or more digits, or any number that a word of magnitude or unit follows,
or such a word with "parameters" and no digits at all. What is allowed comes from the model's card
alone (a user's figure repeated is agreed to); the rest is a claim that nobody can check, and counts
against the answer.
"""

from collections.abc import Iterable

from assay.verifiers.knowledge_cutoff import find_knowledge_cutoff
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.digits import fold_digits

# Magnitudes and units in twelve languages, as they follow a number.
_MAGNITUDE = (
    r"(?:billions?|millions?|trillions?|thousand|tokens?|parameters?|params?"
    r"|milliarden?|millionen|tausend|parameter[ns]?|milliards?|millones|mil|bilh(?:ão|ões)"
    r"|milh(?:ão|ões)|par[aâ]metros?|param[eè]tres?|parametri|parametr[ůuy]|miliard[aiy]?"
    r"|mili[oó]n[ůuy]?|milion[ie]|miljard|miljoen|مليارات?|ملايين|مليون|معامل|معلمات?"
    r"|億|兆|万|亿|參數|参数|パラメータ|トークン|억|조|만|개의 파라미터|매개변수|파라미터|토큰)"
)
_FIGURE = compile_pattern(
    r"(\d+(?:[.,]\d+)*)\s?-?(?:([kmbt])(?:$|[^\pL\d])|(" + _MAGNITUDE + r"))?", ignore_case=True
)
_WORDED = compile_pattern(
    r"(?:^|[^\d\s.,])\s?\b(?:billions?|trillions?|milliarden|milliards|bilhões|miliardi|miliard|miljard)\b"
    r"[^.!?\n]{0,20}\bpar[aâ]m|(?:^|[^\d\s])\s?مليار[^.!؟\n]{0,12}(?:معامل|معلم)|[十百千]+[億亿][^。\n]{0,6}(?:参数|パラ)"
    r"|십억[^.\n]{0,8}(?:매개변수|파라미터)",
    ignore_case=True,
)
_NOT_FIGURES = compile_pattern(r"\b24\s?/\s?7\b|\b100\s?%|(?m:^\s*\d{1,2}[.)]\s)")


def find_unknown_figures(text: str, known: Iterable[str]) -> bool:
    """Whether `text` states a figure or a knowledge cutoff that is in none of the `known` texts."""
    allowed_text = fold_digits("\n".join(known)).casefold()
    allowed = _figures(allowed_text)
    folded = _NOT_FIGURES.sub(" ", fold_digits(text).casefold())
    if not _figures(folded, only_claims=True) <= allowed:
        return True
    if _WORDED.search(folded) and not _WORDED.search(allowed_text):
        return True
    return find_knowledge_cutoff(text) is not None and find_knowledge_cutoff(allowed_text) is None


def _figures(folded: str, *, only_claims: bool = False) -> frozenset[str]:
    figures: set[str] = set()
    for match in _FIGURE.finditer(folded):
        number, letter, magnitude = (group or "" for group in match.groups())
        is_claim = len(number) > 1 or bool(letter or magnitude)
        if is_claim or not only_claims:
            figures.add(number.replace(",", ""))
    return frozenset(figures)
