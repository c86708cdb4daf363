"""Lengths asked for in plain words: "at most 100 words", "in zwei Sätzen", "300字以内".

Only clear violations count: a tenth and two over a word limit, more than one sentence too many.
A limit on the parts of an answer (a list, several drafts) is broken only if every part breaks it.
"""

from collections.abc import Iterator

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.bounds import UNITS, Bounds, FoundBounds, find_bounds
from assay.verifiers.requested_format.clauses import Clause
from assay.verifiers.requested_format.counting import (
    count_cells,
    count_joined_words,
    count_list_lines,
    count_sentences,
    count_words,
    split_paragraphs,
)
from assay.verifiers.requested_format.instruction import SATISFIED, Outcome
from assay.verifiers.requested_format.request import Request

_ABOUT_ANSWER = compile_pattern(
    r"write|answer|respon[ds]|reply|describ|summar|explain|provid|generat|creat|compos|limit"
    r"|keep|give"
    r"|tell|produc|draft|paraphras|rewrit|should|must|essay|story|poem|article|letter|email|text"
    r"|schreib|antwort|beschreib|erklär|erstell|verfass|fass|gib|nenn|soll|muss|escrib|respon"
    r"|describ"
    r"|explic|resum|redact|debe|écri|répond|décri|expli|rédig|résum|doit|escrev|descrev|redij|deve"
    r"|scriv|rispond|descriv|spieg|riassum|schrijf|antwoord|beschrijf|leg uit|vat|napiš|odpověz"
    r"|popiš"
    r"|shrň|vysvětli|書|答|説明|要約|述べ|まとめ|写|回答|描述|解释|总结|概括|介绍|生成|작성|설명"
    r"|요약|답|써|اكتب|أجب|اشرح|لخص|صف",
    ignore_case=True,
)
_ABOUT_INPUT = compile_pattern(
    r"(?:that|which|who|with|containing|contain|contains|have|has|find|count|identify|select|words?"
    r"|sentences?|between|difference)[^.\n]{0,16}$",
    ignore_case=True,
)
_IN = compile_pattern(
    r"(?:^|[^\pL])(?:in|using|en|em|met|v|mit|con|com|avec|con|用|以)[ ]?(?:only |just |nur "
    r"|solo |seulement |只)?$",
    ignore_case=True,
)
_INTRO = compile_pattern(r"^[^\n]{0,200}:[ \t]*\n")
_ROUND_WORDS = 20
_SLACK = {"words": (0.15, 3), "letters": (0.15, 10), "sentences": (0.2, 1), "paragraphs": (0.0, 1)}


_NUMBER_NEAR = compile_pattern(
    r"(?:[0-9]|one|two|three|four|five|six|seven|eight|nine|ten|single|hundred|ein|un|uno|una|um"
    r"|uma|jedn|een|één"
    r"|zwei|deux|dos|dois|due|twee|dv[aě]|drei|trois|tres|três|tre|drie|tři|fünf|cinq|cinco"
    r"|cinque|vijf|pět)\pL{0,6}"
    r"[ +-](?:[^ .]+ )?(?:"
    + "|".join(UNITS[unit] for unit in _SLACK)
    + ")|[0-9一二三四五六七八九十两두세네]"
    r"[ ]?(?:\pL{1,3})?(?:単語|词|단어|文|句|문장|段|문단|단락|文字|字|자|글자)|[0-9] ?(?:كلم"
    r"|جمل|فقر|حرف)",
    ignore_case=True,
)
_UNIT_NAMES = {unit: compile_pattern(UNITS[unit], ignore_case=True) for unit in _SLACK}


def check_lengths(answer: str, request: Request) -> Iterator[tuple[str, Outcome]]:
    """Yield an outcome for each length that the request states."""
    if not request.says(_NUMBER_NEAR) or request.makes_other:
        return
    units = [unit for unit, names in _UNIT_NAMES.items() if request.says(names)]
    if not units:
        return
    for clause in request.clauses:
        if _ABOUT_ANSWER.search(clause.text) is None:
            continue
        for unit in units:
            for found in find_bounds(clause.text, unit, gap=1):
                if _is_limit(clause, found, unit):
                    yield unit, _length_outcome(answer, found.bounds, unit)
                    break


def _is_limit(clause: Clause, found: FoundBounds, unit: str) -> bool:
    if found.is_distributive:
        return False
    head = clause.text[: found.start]
    if found.is_explicit:
        return found.bounds.relation != "more_than" and _ABOUT_INPUT.search(head) is None
    return unit in ("sentences", "words") and _IN.search(head[-16:]) is not None


def _length_outcome(answer: str, bounds: Bounds, unit: str) -> Outcome:
    share, slack = _SLACK[unit]
    if unit == "words" and bounds.relation == "exactly" and bounds.low >= _ROUND_WORDS:
        share = 0.3  # "in 100 words" is meant about so
    low, high = _counts(answer, unit)
    if bounds.low and high < bounds.low - max(slack, share * bounds.low):
        return Outcome(f"expected {bounds} {unit}, found {high}")
    if bounds.high is None:
        return SATISFIED
    ceiling = bounds.high + max(slack, share * bounds.high)
    if low <= ceiling or any(_counts(part, unit)[0] <= ceiling for part in _parts(answer, unit)):
        return SATISFIED
    return Outcome(f"expected {bounds} {unit}, found {low}")


def _counts(text: str, unit: str) -> tuple[int, int]:
    """The lowest and the highest plausible count."""
    if unit == "letters":
        dense = len("".join(text.split()))
        return dense, len(text)
    if unit == "paragraphs":
        number = len(split_paragraphs(text))
        return min(number, 1), max(number, text.count("\n") + 1)
    if unit == "sentences":
        count = count_sentences(text)
        return count.marked, count.with_lines
    cells = count_cells(text)
    return cells or count_joined_words(text), count_words(text) + cells


def _parts(answer: str, unit: str) -> list[str]:
    """What else the limit may mean: a list item, one of a few drafts, all but the introduction."""
    parts: list[str] = []
    intro = _INTRO.search(answer)
    if intro is not None:
        parts.append(answer[intro.end() :])
    if count_list_lines(answer) >= 2:
        parts += [line for line in answer.split("\n") if len(line) > 20]
    elif unit != "paragraphs":
        paragraphs = split_paragraphs(answer)
        parts += paragraphs if 2 <= len(paragraphs) <= 3 else []
    return parts
