r"""Structures and words against their gold: sets, intervals, tuples, matrices, texts.

Every cell is held to the rules of a single answer (`scalars`); order counts in tuples, matrices and
inside an interval, not in sets and unions, where each cell of the answer is used once.
"""

from assay_rl_rewards.answers.digits import fold_digits
from assay_rl_rewards.answers.latex_text import unwrap
from assay_rl_rewards.answers.scalars import (
    RIGHT,
    WRONG,
    ScalarRules,
    Verdict,
    compare_scalar,
    read_scalar,
)
from assay_rl_rewards.answers.structures import Cells, Structure, read_cells, split_unions

MAX_PARTS = 16
_OTHER_FORM = Verdict(False, "not in the form that the task takes")


def compare_structure(gold: str, answer: str, structure: Structure, rules: ScalarRules) -> Verdict:
    """Compare two texts (as `plain_latex` gives them) as structures; `gold` is known to be one.

    Raises:
        InvalidTaskError: a cell of the gold cannot be read as mathematics.
        TimeoutError: a comparison took too long.
    """
    if structure is Structure.INTERVAL:
        return _compare_parts(split_unions(gold), split_unions(answer), rules)
    return _compare_one(gold, answer, structure, rules)


def is_words(text: str) -> bool:
    """Whether `text` is made of words, not of mathematics: two letters or more, nothing else."""
    bare = fold_words(text)
    return len(bare) > 1 and "\\" not in bare and all(c.isalpha() or c in " -'." for c in bare)


def fold_words(text: str) -> str:
    """Words without typesetting, case, a last period and the brackets of a single letter."""
    words = " ".join(unwrap(text).casefold().split()).rstrip(".")
    is_lettered = len(words) == 3 and words[0] == "(" and words[2] == ")"
    return words[1] if is_lettered else fold_digits(words)


def _compare_parts(gold: list[str], answer: list[str], rules: ScalarRules) -> Verdict:
    """Compare unions of intervals, whose order means nothing."""
    if len(gold) != len(answer):
        return WRONG
    rest = list(answer)
    verdict = WRONG
    for part in gold:
        for other in rest:
            verdict = _compare_one(part, other, Structure.INTERVAL, rules)
            if verdict.is_right:
                rest.remove(other)
                break
        else:
            return verdict
    return RIGHT


def _compare_one(gold: str, answer: str, structure: Structure, rules: ScalarRules) -> Verdict:
    wanted = read_cells(gold, structure, mark=rules.mark)
    found = read_cells(answer, structure, mark=rules.mark)
    assert wanted is not None, "checked when the task was read"
    if found is None:
        return _OTHER_FORM
    if wanted.frame != found.frame or len(wanted.cells) != len(found.cells):
        return WRONG
    if structure is Structure.SET or wanted.frame == "{}":
        return _compare_unordered(wanted, found, rules)
    for one, other in zip(wanted.cells, found.cells, strict=True):
        verdict = _compare_cell(one, other, rules)
        if not verdict.is_right:
            return verdict
    return RIGHT


def _compare_unordered(gold: Cells, answer: Cells, rules: ScalarRules) -> Verdict:
    rest = list(answer.cells)
    verdict = RIGHT
    for cell in gold.cells:
        for other in rest:
            verdict = _compare_cell(cell, other, rules)
            if verdict.is_right:
                rest.remove(other)
                break
        else:
            return verdict
    return RIGHT


def _compare_cell(gold: str, answer: str, rules: ScalarRules) -> Verdict:
    """One cell of a structure: a tuple (a point of a set), or a value."""
    if gold == answer:
        return RIGHT
    if read_cells(gold, Structure.TUPLE, mark=rules.mark) is not None:
        return _compare_one(gold, answer, Structure.TUPLE, rules)
    if is_words(gold):
        return RIGHT if fold_words(gold) == fold_words(answer) else WRONG
    return compare_scalar(read_scalar(gold, rules), answer, rules)
