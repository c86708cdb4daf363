"""What the routes of the service share: settings, database, store, judges, doorbell.

The store is one folder that API and workers both see. All names in it are made here, of ids that
the service itself gave out; nothing that a client sent is ever part of a path.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fastapi import Request
from sqlalchemy import Engine

from assay.datasets.sources import Format
from assay.domain.errors import OutputError
from assay.domain.rubric import Rubric
from assay.queue.doorbell import Doorbell
from assay.web.logs import Log
from assay_filter.pipeline import Pipeline
from assay_filter.semantic.settings import EmbeddingSettings
from assay_filter.service.settings import FilterServiceSettings

ANONYMOUS = "anonymous"
MAX_ID_CHARS = 80
_ID_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_KEY_DIGITS = 12


class JudgeDirectory(Protocol):
    """The judges that a request may name; the composition root knows what they are."""

    def describe(self, name: str, rubric: Rubric) -> tuple[str, str]:
        """Return what judgements under this rubric call a judge, and its version.

        Raises:
            ConfigError: no judge has this name.
            JudgeBackendError: it cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class Store:
    """The folders of the service; API and workers share them."""

    root: Path

    @property
    def files(self) -> Path:
        """Uploads, by id."""
        return self.root / "files"

    @property
    def incoming(self) -> Path:
        """Uploads under way."""
        return self.root / "incoming"

    @property
    def runs(self) -> Path:
        """Results, a folder a run."""
        return self.root / "runs"

    @property
    def inputs(self) -> Path:
        """Samples that came within a request, or out of a batch: a file a run."""
        return self.root / "inputs"

    @property
    def copies(self) -> Path:
        """What can be made again from results: other formats, outputs of batches."""
        return self.root / "copies"

    @property
    def evaluations(self) -> Path:
        """Indexes of evaluation sets, by the digest of what they were made of."""
        return self.root / "evaluations"

    def make(self) -> None:
        """Make the folders.

        Raises:
            OutputError: they cannot be made.
        """
        try:
            for folder in (self.files, self.incoming, self.inputs, self.runs, self.copies):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise OutputError(
                f"expected to make the store {str(self.root)!r}, found: {exc.strerror}; give "
                "another --store or mend its permissions"
            ) from exc

    def file_path(self, file_id: str, file_format: Format) -> Path:
        """Return where an upload is kept; `file_id` is one that the service made."""
        assert is_id(file_id), "the service makes its ids"
        return self.files / f"{file_id}.{file_format}"

    def run_dir(self, run_id: str) -> Path:
        """Return the folder of a run's results; `run_id` is one that the service made."""
        assert is_id(run_id), "the service makes its ids"
        return self.runs / run_id

    def input_path(self, run_id: str) -> Path:
        """Return where the samples are kept that a run's request held itself."""
        assert is_id(run_id), "the service makes its ids"
        return self.inputs / f"{run_id}.jsonl"

    def copies_of(self, run_id: str) -> Path:
        """Return the folder of what was made again from a run's results."""
        assert is_id(run_id), "the service makes its ids"
        return self.copies / run_id


@dataclass(frozen=True, slots=True)
class Parts:
    """What routes are made of; `pipelines` and `rubrics` are what a request may name."""

    settings: FilterServiceSettings
    engine: Engine
    store: Store
    judges: JudgeDirectory
    doorbell: Doorbell | None
    pipelines: Mapping[str, Pipeline]
    rubrics: Mapping[str, Rubric]
    log: Log
    embedding: EmbeddingSettings


def is_id(text: str) -> bool:
    """Tell whether a text can be an id of this service: short, and no character of a path."""
    return 0 < len(text) <= MAX_ID_CHARS and _ID_CHARS.issuperset(text)


def without_paths(text: str, store: Store) -> str:
    """Return a message of a worker as a client may see it: without the folder of the store."""
    return text.replace(f"{store.root}/", "")


def caller_of(request: Request) -> str:
    """Return a name for who asks: of an API key its first digits of SHA-256, never the key."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return ANONYMOUS
    return f"key-{hashlib.sha256(key.strip().encode()).hexdigest()[:_KEY_DIGITS]}"
