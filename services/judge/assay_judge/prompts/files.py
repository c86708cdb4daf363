"""The prompt files: versioned Markdown beside this module, read once, known by one digest.

A file is a small front matter (`version: 1`) and a text. `{{name}}` in the text is a field, filled
in one pass: what is filled in is never read again, so a value cannot bring fields of its own.
Invariant: texts and digest come from the same reading; a file edited later changes neither.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from assay.domain.errors import ConfigError
from assay.verifiers.patterns import compile_pattern

FOLDER = Path(__file__).parent
_FILE = compile_pattern(r"(?s)---\nversion: ([1-9][0-9]{0,5})\n---\n\n?(\S.*)")
_FIELD = compile_pattern(r"\{\{([a-z_]+)\}\}")
MAX_READ = 512  # texts whose fields, and files whose phrases, are kept; there are some 60


@dataclass(frozen=True, slots=True)
class PromptFile:
    """One file: its version, and its text without front matter and outer blank lines."""

    name: str
    version: int
    text: str

    @property
    def fields(self) -> frozenset[str]:
        """The names that stand in `{{...}}`."""
        return _template(self.text).fields

    def fill(self, fields: Mapping[str, str]) -> str:
        """Return the text with every field replaced by its value.

        Raises:
            ConfigError: a field has no value, or a value no field.
        """
        template = _template(self.text)
        if template.fields != fields.keys():
            raise ConfigError(
                f"expected the fields {sorted(template.fields)} for the prompt {self.name!r}, "
                f"found {sorted(fields)!r:.80}; name exactly these"
            )
        parts = [template.start]
        for name, text in template.rest:
            parts += (fields[name], text)
        return "".join(parts)

    def phrase(self, key: str) -> "PromptFile":
        """Return one sentence of a file that holds `key: sentence` lines.

        Raises:
            ConfigError: there is no such line.
        """
        found = _phrases(self).get(key)
        if found is None:
            raise ConfigError(f"expected a line {key!r:.80} in the prompt {self.name!r}; add it")
        return found


class _Template(NamedTuple):
    """A text up to its first field, then each field with the text behind it."""

    start: str
    rest: tuple[tuple[str, str], ...]
    fields: frozenset[str]


# Read once a text: facts are told of most samples, and looking for the fields took half that time.
@lru_cache(maxsize=MAX_READ)
def _template(text: str) -> _Template:
    matches = list(_FIELD.finditer(text))
    ends = [*(match.start() for match in matches[1:]), len(text)]
    rest = tuple(
        (match.group(1), text[match.end() : end])
        for match, end in zip(matches, ends if matches else (), strict=True)
    )
    start = text[: matches[0].start()] if matches else text
    return _Template(start, rest, frozenset(name for name, _ in rest))


@lru_cache(maxsize=MAX_READ)
def _phrases(file: PromptFile) -> Mapping[str, PromptFile]:
    """The sentences of a file by key; of two with one key, the first."""
    phrases: dict[str, PromptFile] = {}
    for line in file.text.splitlines():
        key, _, sentence = line.partition(": ")
        phrases.setdefault(key, PromptFile(f"{file.name}/{key}", file.version, sentence))
    return phrases


@dataclass(frozen=True, slots=True)
class Prompts:
    """All files of a folder by name (without suffix), and the SHA-256 over names and contents."""

    files: Mapping[str, PromptFile]
    digest: str

    def file(self, name: str) -> PromptFile:
        """Return a file.

        Raises:
            ConfigError: there is none of this name.
        """
        found = self.files.get(name)
        if found is None:
            raise ConfigError(
                f"expected a prompt of {sorted(self.files)}, found {name!r:.80}; correct the name"
            )
        return found


@cache
def read_prompts(folder: Path = FOLDER) -> Prompts:
    """Read the Markdown files of `folder`; the digest is the same for any line ends.

    Raises:
        ConfigError: a file cannot be read, or has no version or no text.
    """
    files = {}
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.md")):
        body = _read(path)
        files[path.stem] = _parse(path, body)
        for part in (path.stem, body):
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    if not files:
        raise ConfigError(f"expected prompt files (*.md) in {str(folder)!r}, found none")
    return Prompts(files, digest.hexdigest())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"expected to read {str(path)!r}, found: {exc}") from exc


def _parse(path: Path, body: str) -> PromptFile:
    match = _FILE.fullmatch(body)
    if match is None:
        raise ConfigError(
            f"expected {str(path)!r} to begin with '---', 'version: N', '---' and to hold a text, "
            f"found {body[:40]!r}; add them"
        )
    return PromptFile(path.stem, int(match.group(1)), match.group(2).rstrip())
