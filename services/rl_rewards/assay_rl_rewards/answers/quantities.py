r"""Units around numbers: what a task allows, and nothing else.

A unit is part of the answer, so it is never dropped unseen: "12 cm" is not 12 m. A task that knows
its unit lists the spellings it takes; the number may then stand alone or with one of them, after it
or (as with currencies) before it.
"""

from collections.abc import Collection
from functools import lru_cache

from assay.domain.errors import InvalidTaskError
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.latex_text import plain_latex

_MAX_UNIT_CHARS = 80
_NO_START = frozenset("0123456789})]")  # belongs to a number before the unit
_NO_END = frozenset("0123456789{([+-")  # to one after it
_TYPESETTING = compile_pattern(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname|,|;|:|!|~| )|[{}\s~]"
)
_DEGREE = compile_pattern(r"\^?\{?\\circ\}?|\\degree|º|˚")
_MIN_CASELESS = 4  # mW is not MW, but Meters are meters


@lru_cache(maxsize=1024)
def fold_unit(unit: str) -> str:
    r"""Return the form in which units are compared: `\text{ cm}^{2}` and `cm²` are one."""
    text = _DEGREE.sub("°", plain_latex(unit)).replace("\\%", "%").replace("\\$", "$")
    text = _TYPESETTING.sub("", text).replace("\\cdot", "*").replace("·", "*").rstrip(".")
    text = text.replace("\\mu", "μ").replace("\\Omega", "Ω")
    return text.casefold() if len(text) >= _MIN_CASELESS else text


def read_units(units: Collection[str]) -> frozenset[str]:
    """Fold the spellings that a task takes.

    Raises:
        InvalidTaskError: one of them is blank.
    """
    folded = frozenset(map(fold_unit, units))
    if "" in folded:
        raise InvalidTaskError("expected units that are not blank")
    return folded


def without_unit(text: str, units: Collection[str]) -> str:
    r"""Return `text` without one of `units` at its end or start; as it is where none stands there.

    Args:
        text: an answer, such as `12 \text{ cm}`.
        units: spellings in the form of `fold_unit`.
    """
    for start in range(max(0, len(text) - _MAX_UNIT_CHARS), len(text)):
        if text[start] not in _NO_START and fold_unit(text[start:]) in units:
            return text[:start].strip()
    for end in range(min(len(text), _MAX_UNIT_CHARS), 0, -1):
        if text[end - 1] not in _NO_END and fold_unit(text[:end]) in units:
            return text[end:].strip()
    return text
