r"""Regular expressions over sample text, on RE2: linear time on any input, so no ReDoS.

RE2 has no lookaround and no backreference, and its `\b`, `\w`, `\d`, `\s` know ASCII only; write
`[\pL\pN]` for letters and digits of every script. This module gives the untyped library a typed
face; it is the only importer of `re2`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, cast

import re2

_UNANCHORED = re2._re2.RE2.Anchor.UNANCHORED
_AT_START = re2._re2.RE2.Anchor.ANCHOR_START
_AT_BOTH = re2._re2.RE2.Anchor.ANCHOR_BOTH

# What a pattern may hold: its program and, above all, the states that texts have led it to, which
# it keeps for the next text. Hundreds of patterns fill theirs for as long as new texts come: at 64
# MiB each a worker grew by 700 bytes a sample. Half a MiB is enough for most of them; and whoever
# works through many texts calls `forget_states` now and then.
LEAST_MEMORY = 512 << 10
MOST_MEMORY = 64 << 20
# A long program has large states. With room for few of them RE2 gives its automaton up for a search
# that is hundreds of times slower: on the gate of `injection` (35,000 instructions) 7 seconds a
# megabyte at 2 to 16 MiB, milliseconds at 24. Shorter ones need about as much for each instruction.
BYTES_PER_INSTRUCTION = 512

_epoch = 0  # of the states that may be kept


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
    return _Compiled(pattern, ignore_case=ignore_case)


def forget_states() -> None:
    """Let every pattern throw away what it keeps of texts, by compiling itself anew when next used.

    For all patterns of curation together that costs about a CPU second.
    """
    global _epoch
    _epoch += 1


def escape(text: str) -> str:
    """Return a pattern that matches `text` itself."""
    return str(re2.escape(text))


class _Found:
    """A match whose spans are offsets in `text`; those of groups that took no part are negative."""

    __slots__ = ("_names", "_spans", "_text")

    def __init__(self, text: str, spans: Sequence[tuple[int, int]], names: Mapping[str, int]):
        self._text = text
        self._spans = spans
        self._names = names

    def group(self, group: int | str = 0) -> str:
        start, end = self._spans[group if isinstance(group, int) else self._names[group]]
        return self._text[start:end] if start >= 0 else cast(str, None)

    def start(self, group: int = 0) -> int:
        return self._spans[group][0]

    def end(self, group: int = 0) -> int:
        return self._spans[group][1]

    def span(self, group: int = 0) -> tuple[int, int]:
        return self._spans[group]

    def groups(self) -> tuple[str | None, ...]:
        text = self._text
        return tuple([text[a:b] if a >= 0 else None for a, b in self._spans[1:]])

    def groupdict(self) -> dict[str, str | None]:
        return {name: self.group(number) for name, number in self._names.items()}


class _Compiled:
    """RE2 with a short way for whole texts.

    The library's own methods step a generator and convert offsets for every search, also where
    nothing is found, which costs more than the search itself on a text of a few hundred characters.
    """

    __slots__ = ("_epoch", "_find", "_ignore_case", "_names", "_pattern", "_regexp")

    def __init__(self, pattern: str, *, ignore_case: bool) -> None:
        self._pattern = pattern
        self._ignore_case = ignore_case
        self._regexp = _compile(pattern, LEAST_MEMORY, ignore_case=ignore_case)
        self._names: Mapping[str, int] = self._regexp.groupindex
        self._find = self._regexp._regexp.Match  # the C++ object
        self._epoch = _epoch

    @property
    def max_bytes(self) -> int:
        """What the program and its states may take."""
        return int(self._regexp.options.max_mem)

    def __reduce__(self) -> tuple[Callable[..., Pattern], tuple[str, bool]]:
        return _recompiled, (self._pattern, self._ignore_case)

    def search(self, text: str, pos: int = 0, endpos: int | None = None) -> Match | None:
        if pos or endpos is not None:
            return cast("Match | None", self._regexp.search(text, pos, endpos))
        return self._first(_UNANCHORED, text)

    def match(self, text: str, pos: int = 0, endpos: int | None = None) -> Match | None:
        if pos or endpos is not None:
            return cast("Match | None", self._regexp.match(text, pos, endpos))
        return self._first(_AT_START, text)

    def fullmatch(self, text: str, pos: int = 0, endpos: int | None = None) -> Match | None:
        if pos or endpos is not None:
            return cast("Match | None", self._regexp.fullmatch(text, pos, endpos))
        return self._first(_AT_BOTH, text)

    def finditer(self, text: str, pos: int = 0, endpos: int | None = None) -> Iterator[Match]:
        if self._epoch != _epoch:
            self._renew()
        if pos or endpos is not None or not text.isascii():
            return self._rest(text, pos, endpos)
        return self._ascii_matches(text)

    def sub(self, repl: str | Callable[[Match], str], text: str, count: int = 0) -> str:
        if isinstance(repl, str) and "\\" in repl:
            return str(self._regexp.sub(repl, text, count))
        parts: list[str] = []
        position = 0
        for match in islice(self.finditer(text), count or None):
            start, end = match.span()
            parts += (text[position:start], repl if isinstance(repl, str) else repl(match))
            position = end
        return "".join((*parts, text[position:])) if parts else text

    def _renew(self) -> None:
        self._epoch = _epoch
        self._regexp = _compile(self._pattern, self.max_bytes, ignore_case=self._ignore_case)
        self._find = self._regexp._regexp.Match

    def _first(self, anchor: object, text: str) -> Match | None:
        if self._epoch != _epoch:
            self._renew()
        raw = text.encode()
        spans = self._find(anchor, raw, 0, len(raw))
        if spans[0][0] < 0:
            return None
        if len(raw) != len(text):
            spans = [(_num_characters(raw, a), _num_characters(raw, b)) for a, b in spans]
        return _Found(text, spans, self._names)

    def _ascii_matches(self, text: str) -> Iterator[Match]:
        raw = text.encode()
        position, end = 0, len(raw)
        while position <= end:
            spans = self._find(_UNANCHORED, raw, position, end)
            if spans[0][0] < 0:
                return
            yield _Found(text, spans, self._names)
            after = spans[0][1]
            position = after + 1 if after == position else after  # an empty match

    def _rest(self, text: str, pos: int, endpos: int | None) -> Iterator[Match]:
        """Other texts: looked through once here, since most hold no match."""
        if not pos and endpos is None:
            raw = text.encode()
            if self._find(_UNANCHORED, raw, 0, len(raw))[0][0] < 0:
                return iter(())
        return cast("Iterator[Match]", self._regexp.finditer(text, pos, endpos))


def _compile(pattern: str, max_bytes: int, *, ignore_case: bool) -> Any:
    """Compile with `max_bytes`, or as much more as the program and its states need."""
    while True:
        options = re2.Options()
        options.case_sensitive = not ignore_case
        options.log_errors = False
        options.max_mem = max_bytes
        try:
            compiled = re2._Regexp(pattern, options)  # `compile` would keep and return old ones
        except re2.error:
            if max_bytes >= MOST_MEMORY:
                raise
            max_bytes *= 2
            continue
        needed = min(compiled.programsize * BYTES_PER_INSTRUCTION, MOST_MEMORY)
        if max_bytes >= needed:
            return compiled
        while max_bytes < needed:
            max_bytes *= 2


def _recompiled(pattern: str, ignore_case: bool) -> Pattern:
    return compile_pattern(pattern, ignore_case=ignore_case)


def _num_characters(raw: bytes, offset: int) -> int:
    return len(raw[:offset].decode()) if offset > 0 else offset
