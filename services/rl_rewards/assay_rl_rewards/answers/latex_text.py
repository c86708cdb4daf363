r"""LaTeX of a short answer without what is only typesetting, and its parts at the top level.

The meaning stays as it was written: nothing is computed, no unit and no label is dropped. Every
function takes linear time, and works on any text, well formed or not.
"""

from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.digits import fold_digits
from assay_rl_rewards.answers.extraction import closing_brace

_TOKEN = compile_pattern(r"\\[A-Za-z]+\*?|\\[^A-Za-z]|[^\\]+|\\")
_PLAIN_COMMANDS = {
    **dict.fromkeys(("\\left", "\\right", "\\displaystyle", "\\textstyle", "\\!", "\\limits"), ""),
    **dict.fromkeys(("\\big", "\\Big", "\\bigg", "\\Bigg", "\\bigl", "\\bigr"), ""),
    **dict.fromkeys(("\\,", "\\;", "\\:", "\\ ", "\\quad", "\\qquad", "\\>"), " "),
    **dict.fromkeys(("\\dfrac", "\\tfrac", "\\cfrac"), "\\frac"),
    **dict.fromkeys(("\\lbrace",), "\\{"),
    **dict.fromkeys(("\\rbrace",), "\\}"),
    "\\lbrack": "[",
    "\\rbrack": "]",
}
_WRAPPERS = frozenset(
    (
        "\\text", "\\textbf", "\\textit", "\\textrm", "\\textsf", "\\textnormal", "\\mathrm",
        "\\mathbf", "\\mathit", "\\mathsf", "\\mbox", "\\hbox", "\\operatorname", "\\boldsymbol",
        "\\boxed", "\\fbox",
    )
)  # fmt: skip
_FENCES = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_MAX_WRAPPERS = 8
_OPENING = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def plain_latex(text: str) -> str:
    """Return `text` folded (see `digits`), without math fences, sizes, spaces and a last period."""
    text = fold_digits(text).strip()
    for opening, closing in _FENCES:
        inner = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and inner and "$" not in inner:
            text = inner
            break
    if "\\" in text:
        tokens = (match.group() for match in _TOKEN.finditer(text))
        text = "".join(_PLAIN_COMMANDS.get(token, token) for token in tokens)
    text = " ".join(text.replace("{,}", ",").replace("~", " ").split())
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1].rstrip()
    return text


def unwrap(text: str) -> str:
    r"""Return what `\text{..}`, `\mathrm{..}` and bare braces around the whole of `text` hold."""
    for _ in range(_MAX_WRAPPERS):
        brace = text.find("{")
        is_wrapped = brace == 0 or (brace > 0 and text[:brace].rstrip() in _WRAPPERS)
        if not is_wrapped or closing_brace(text, brace) != len(text) - 1:
            return text
        text = text[brace + 1 : -1].strip()
    return text


def is_enclosed(text: str) -> bool:
    """Whether the bracket that `text` begins with is closed by its last character, not before."""
    depth = 0
    for position, character in enumerate(text):
        depth += _OPENING.get(character, 0)
        if depth <= 0:
            return position > 0 and position == len(text) - 1
    return False


def split_top_level(text: str, separator: str) -> list[str]:
    r"""Split at the one-character `separator` outside all brackets; `\{` counts as a bracket."""
    parts: list[str] = []
    depth = start = 0
    for position, character in enumerate(text):
        if character == separator and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
        depth = max(0, depth + _OPENING.get(character, 0))
    parts.append(text[start:].strip())
    return parts
