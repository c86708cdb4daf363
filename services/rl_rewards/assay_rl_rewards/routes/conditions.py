"""What a reward depends on beside its route: limits, reading rules, the libraries underneath.

An answer that one service gives up at its deadline is right at another that waits longer, and two
releases of a parser may read a formula differently; so these are in the version of every reward.
"""

import hashlib
import sqlite3
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

import orjson

from assay_rl_rewards.final_text import READING
from assay_rl_rewards.verifier import MAX_RESPONSE_CHARS as MAX_FINAL_CHARS

MAX_RESPONSE_CHARS = 1 << 20
SHOWN_DIGITS = 8

_PACKAGES = (
    "antlr4-python3-runtime",
    "google-re2",
    "jsonschema-rs",
    "latex2sympy2-extended",
    "lingua-language-detector",
    "math-verify",
    "sqlglot",
    "sympy",
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Limits that rewards are measured under.

    Attributes:
        deadline_seconds: processor time of one answer.
        memory_bytes: address space that a worker may take for it.
        max_response_chars: of one response, thinking included; a longer one earns nothing.
    """

    deadline_seconds: float = 2.0
    memory_bytes: int = 1 << 30
    max_response_chars: int = MAX_RESPONSE_CHARS

    def digest(self) -> str:
        """Return what changes with the limits, the reading rules and the libraries installed."""
        body = {
            "limits": asdict(self) | {"max_final_chars": MAX_FINAL_CHARS},
            "reading": READING,
            "libraries": {name: _release(name) for name in _PACKAGES}
            | {"sqlite": sqlite3.sqlite_version},
        }
        canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()[:SHOWN_DIGITS]


def _release(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
