"""Which files a command reads: the user's inputs, expanded into an ordered list of sources.

The order depends only on the inputs and the names in them (directories are walked recursively,
sorted), so that every run numbers its sources alike. A suffix names the format and the first bytes
must agree; what cannot be read is said before a run starts, not in the middle of it.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, TypeAlias

from assay.domain.errors import InputError

Format: TypeAlias = Literal["jsonl", "jsonl.gz", "jsonl.zst", "parquet"]

STDIN = "-"

_FORMAT_OF_SUFFIX: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".jsonl.gz": "jsonl.gz",
    ".ndjson.gz": "jsonl.gz",
    ".json.gz": "jsonl.gz",
    ".jsonl.zst": "jsonl.zst",
    ".ndjson.zst": "jsonl.zst",
    ".json.zst": "jsonl.zst",
    ".parquet": "parquet",
}
_MAGIC: tuple[tuple[Format, bytes], ...] = (
    ("jsonl.gz", b"\x1f\x8b"),
    ("jsonl.zst", b"\x28\xb5\x2f\xfd"),
    ("parquet", b"PAR1"),
)
_HEAD_BYTES = 64
MAX_NAME_CHARS = 300
_SUPPORTED = ".jsonl, .ndjson or .json (one JSON object a line; also .gz or .zst), or .parquet"


@dataclass(frozen=True, slots=True)
class Source:
    """One input: its name as the user gave it, its path (None: standard input), its format."""

    name: str
    path: Path | None
    format: Format


class Skipped(NamedTuple):
    """A file met in a directory that is no source, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """The sources in reading order, and what the directories held besides."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...] = ()


def expand_inputs(inputs: Iterable[str]) -> Inputs:
    """Expand files, directories and `-` (standard input) into sources.

    Raises:
        InputError: an input is missing, unreadable, of an unknown or a contradictory format, given
            twice, or a directory without a single source.
    """
    sources: list[Source] = []
    skipped: list[Skipped] = []
    for name in inputs:
        found = _expand(name)
        sources.extend(found.sources)
        skipped.extend(found.skipped)
    if not sources:
        raise InputError("expected at least one input file, found none; name a file or directory")
    _refuse_repeats(sources)
    return Inputs(tuple(sources), tuple(skipped))


def source_of_stdin(stream: BinaryIO) -> Source:
    """Return the source for standard input; only its first bytes can tell the format."""
    # A buffered reader can look ahead without consuming; any other stream is taken as plain text.
    peek = getattr(stream, "peek", None)
    found = _format_of_bytes(bytes(peek(_HEAD_BYTES)) if peek is not None else b"")
    if found == "parquet":
        raise InputError(
            "expected JSON lines (plain, gzip or zstd) on standard input, found Parquet, which "
            "needs random access; save it to a .parquet file and name that file"
        )
    return Source(STDIN, None, found)


def format_of_name(name: str) -> Format:
    """Return the format that a file's suffix names.

    Raises:
        InputError: it names none.
    """
    found = _format_of_name(name)
    if found is None:
        raise InputError(
            f"expected {_short(name)} to end in {_SUPPORTED}; rename or convert the file"
        )
    return found


def check_head(name: str, expected: Format, head: bytes) -> None:
    """Check that a file's first bytes (64 or more) are of the format that its suffix names.

    Raises:
        InputError: they are of another one, or those of a JSON array.
    """
    found = _format_of_bytes(head)
    if found != expected:
        raise InputError(
            f"expected {_short(name)} to hold {expected} as its suffix says, found "
            f"{_describe(head, found)}; rename the file or write it again"
        )
    # In a .jsonl file such a row is one bad line; a .json file is most often an array as a whole.
    if name.lower().endswith(".json") and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise InputError(
            f"expected one JSON object a line in {_short(name)}, found a JSON array; convert it "
            "with `jq -c '.[]'`"
        )


def _expand(name: str) -> Inputs:
    if name == STDIN:
        return Inputs((source_of_stdin(sys.stdin.buffer),))
    path = Path(name)
    try:
        if path.is_dir():
            return _expand_directory(name, path)
        if not path.exists():
            raise InputError(f"expected a file or directory at {name!r}, found nothing there")
        if not path.is_file():
            raise InputError(
                f"expected a regular file at {name!r}, found a pipe or device; read a pipe with '-'"
            )
        return Inputs((_checked(name, path, format_of_name(name)),))
    except (OSError, ValueError) as exc:  # ValueError: a NUL byte in the name
        raise _unreadable(name, exc) from exc


def _expand_directory(name: str, directory: Path) -> Inputs:
    sources: list[Source] = []
    skipped: list[Skipped] = []
    for path in sorted(_walk(directory), key=lambda path: path.parts):
        full_name = (Path(name) / path.relative_to(directory)).as_posix()
        found = _format_of_name(path.name)
        if not path.is_file():
            skipped.append(Skipped(full_name, "not a regular file"))
        elif found is None or path.suffix.lower() == ".json":
            skipped.append(Skipped(full_name, "suffix is none of .jsonl .ndjson .parquet"))
        else:
            sources.append(_checked(full_name, path, found))
    if not sources:
        found_names = ", ".join(repr(item.name) for item in skipped[:3]) or "no file at all"
        raise InputError(
            f"expected a file ending in .jsonl, .ndjson (also .gz, .zst) or .parquet in directory "
            f"{name!r}, found {found_names}; check the directory or name the files"
        )
    return Inputs(tuple(sources), tuple(skipped))


def _walk(directory: Path) -> Iterator[Path]:
    # Links to directories are not followed: they may form a loop. They show up as skipped.
    for root, folders, files in os.walk(directory, onerror=_raise):
        yield from (Path(root) / name for name in files)
        yield from (Path(root) / name for name in folders if (Path(root) / name).is_symlink())


def _raise(error: OSError) -> None:
    raise error


def _format_of_name(name: str) -> Format | None:
    lowered = name.lower()
    for suffix, found in _FORMAT_OF_SUFFIX.items():
        if lowered.endswith(suffix):
            return found
    return None


def _format_of_bytes(head: bytes) -> Format:
    for found, magic in _MAGIC:
        if head.startswith(magic):
            return found
    return "jsonl"


def _checked(name: str, path: Path, expected: Format) -> Source:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as exc:
        raise _unreadable(name, exc) from exc
    check_head(name, expected, head)
    return Source(name, path, expected)


def _describe(head: bytes, found: Format) -> str:
    if not head:
        return "an empty file"
    return f"{found} content" if found != "jsonl" else f"first bytes {head[:4].hex(' ')}"


def _short(name: str) -> str:
    return f"{name!r}"[:MAX_NAME_CHARS]


def _unreadable(name: str, exc: Exception) -> InputError:
    why = getattr(exc, "strerror", None) or str(exc)
    return InputError(f"expected to read {name!r}, found: {why}; check the path and permissions")


def _refuse_repeats(sources: list[Source]) -> None:
    seen: dict[str, str] = {}
    for source in sources:
        key = str(source.path.resolve()) if source.path is not None else STDIN
        if key in seen:
            raise InputError(
                f"expected each input once, found {source.name!r} again (first as {seen[key]!r}); "
                f"its rows would have no address of their own; remove one of them"
            )
        seen[key] = source.name
