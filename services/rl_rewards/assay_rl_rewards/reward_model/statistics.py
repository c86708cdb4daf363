"""How raw logits are spread, by language: counted as they come, in constant memory.

A reward model that likes one language more than another shows here before it shows in training.
Source: Welford's recurrence (1962), Knuth TAOCP 2, 4.2.2.
"""

import math
from typing import TypedDict

UNKNOWN_LANGUAGE = "und"
MAX_LANGUAGES = 64  # names come from outside; further ones are counted as unknown


class Spread(TypedDict):
    """Of the raw logits of one language; `std` is the population's."""

    count: int
    mean: float
    std: float


class Running:
    """Mean and standard deviation of values that are not kept."""

    __slots__ = ("_mean", "_squares", "count")

    def __init__(self) -> None:
        self.count = 0
        self._mean = 0.0
        self._squares = 0.0

    def add(self, value: float) -> None:
        """Count a finite value."""
        self.count += 1
        before = value - self._mean
        self._mean += before / self.count
        self._squares += before * (value - self._mean)

    def spread(self) -> Spread:
        """Return what is known so far."""
        std = math.sqrt(self._squares / self.count) if self.count else 0.0
        return {"count": self.count, "mean": self._mean, "std": std}


class LanguageStatistics:
    """Raw logits by language."""

    def __init__(self) -> None:
        self._running: dict[str, Running] = {}

    def add(self, language: str | None, raw: float) -> None:
        """Count a logit."""
        name = primary_language(language)
        if name not in self._running and len(self._running) >= MAX_LANGUAGES:
            name = UNKNOWN_LANGUAGE
        self._running.setdefault(name, Running()).add(raw)

    def as_dict(self) -> dict[str, Spread]:
        """Return the spread by language, in the order of names."""
        return {name: self._running[name].spread() for name in sorted(self._running)}


def primary_language(tag: str | None) -> str:
    """Return the language of a tag: `pt` for `pt-BR`; `und` where there is none."""
    name = (tag or "").strip().lower().replace("_", "-").partition("-")[0]
    return name if name.isascii() and name.isalpha() and 2 <= len(name) <= 3 else UNKNOWN_LANGUAGE
