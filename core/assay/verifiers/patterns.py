r"""Regular expressions over sample text, on RE2: linear time on any input, so no ReDoS.

RE2 has no lookaround and no backreference, and its `\b`, `\w`, `\d`, `\s` know ASCII only; write
`[\pL\pN]` for letters and digits of every script. This module gives the untyped library a typed
face; it is the only importer of `re2`.
"""

from collections.abc import Callable, Iterator
from typing import Protocol, cast

import re2


class Match(Protocol):
    """What a match offers; offsets are in code points."""

    def group(self, group: int | str = 0) -> str: ...
    def start(self, group: int = 0) -> int: ...
    def end(self, group: int = 0) -> int: ...
    def span(self, group: int = 0) -> tuple[int, int]: ...
    def groups(self) -> tuple[str | None, ...]: ...
    def groupdict(self) -> dict[str, str | None]: ...


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str, pos: int = ..., endpos: int = ...) -> Match | None: ...
    def match(self, text: str, pos: int = ..., endpos: int = ...) -> Match | None: ...
    def fullmatch(self, text: str, pos: int = ..., endpos: int = ...) -> Match | None: ...
    def finditer(self, text: str, pos: int = ..., endpos: int = ...) -> Iterator[Match]: ...
    def sub(self, repl: str | Callable[[Match], str], text: str, count: int = 0) -> str: ...


def compile_pattern(pattern: str, *, ignore_case: bool = False) -> Pattern:
    """Compile `pattern` for RE2.

    Raises:
        re2.error: the pattern is not valid RE2 syntax.
    """
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    options.max_mem = 64 << 20
    return cast(Pattern, re2.compile(pattern, options=options))


def escape(text: str) -> str:
    """Return a pattern that matches `text` itself."""
    return str(re2.escape(text))
