"""What the workers of a run must know beyond its configuration: stored with the run, as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from assay.datasets.sources import Format, Source
from assay_filter.semantic.settings import SemanticSettings


class SourceFile(BaseModel):
    """One input file; `name` stands in row addresses, `path` is where the workers find it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    path: str
    format: Format

    @classmethod
    def of(cls, source: Source) -> "SourceFile":
        """Return the description of a source that is a file."""
        assert source.path is not None, "standard input is kept in a file first"
        path = str(source.path.absolute())
        return cls(name=source.name, path=path, format=source.format)

    def to_source(self) -> Source:
        """Return the source to read."""
        return Source(self.name, Path(self.path), self.format)


class Evaluation(BaseModel):
    """The evaluation sets whose items a run takes out; `path` is the index that the workers load.

    `settings` is the JSON of `DecontaminationSettings`; `coverage` says what the search cannot see.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    digest: str
    settings: str
    num_items: int
    coverage: tuple[str, ...]


class RunRequest(BaseModel):
    """How a run is to be carried out, apart from what decides its result."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[SourceFile, ...]
    output_format: Literal["jsonl", "parquet"] = "jsonl"
    judge: str = Field(default="evidence", description="name of a judge that the workers know")
    patience_seconds: float = Field(
        default=0.0, ge=0, description="how long a judge may be gone before the run stops"
    )
    index: bool = Field(default=False, description="let later runs know what this one keeps")
    against: tuple[str, ...] = Field(
        default=(), description="earlier runs whose samples are not kept again; `all`: every one"
    )
    evaluation: Evaluation | None = None
    semantic: SemanticSettings | None = Field(
        default=None, description="flag what reads like an earlier sample, by its embedding"
    )

    max_expansion: int | None = Field(
        default=None,
        ge=2,
        description="how many times its size a compressed input may expand, beyond 64 MiB; None: "
        "looked at before",
    )

    @property
    def is_indexing(self) -> bool:
        """Whether the run reads the index of earlier runs, or adds to it."""
        return self.index or bool(self.against)

    @property
    def conditions(self) -> str | None:
        """Canonical JSON of what decides the result beside configuration and inputs."""
        conditions: dict[str, object] = {}
        if self.against:
            conditions["against"] = sorted(self.against)
        if self.evaluation is not None:
            conditions["evaluation"] = [self.evaluation.digest, self.evaluation.settings]
        if self.semantic is not None:
            conditions["semantic"] = self.semantic.conditions
        return orjson.dumps(conditions).decode() if conditions else None

    @property
    def files(self) -> Sequence[Source]:
        """The sources in reading order."""
        return [source.to_source() for source in self.sources]
