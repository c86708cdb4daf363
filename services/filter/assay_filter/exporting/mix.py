"""The mix: how much of what goes into a data set, as one YAML file says it.

Groups are tried in order and the first that fits takes a sample. A group asks for a number of rows
or for a share by weight; nobody is repeated unless a group allows it.
"""

import hashlib
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.configs import load_config

MAX_REPEATS = 100
MAX_GROUPS = 1000
MAX_ROWS = 10**12

Name = Annotated[str, Field(min_length=1, max_length=200)]


class MixGroup(BaseModel):
    """One group of samples: whom it takes, and how many rows it asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    source: tuple[str | None, ...] = ()  # any of these; null: samples without one; empty: any
    type: tuple[str | None, ...] = ()
    language: tuple[str | None, ...] = ()
    weight: float | None = Field(default=None, gt=0, le=1e9, allow_inf_nan=False)
    rows: int | None = Field(default=None, ge=0, le=MAX_ROWS)
    max_repeats: int = Field(default=1, ge=1, le=MAX_REPEATS)

    @model_validator(mode="after")
    def _asks_once(self) -> "MixGroup":
        if (self.weight is None) == (self.rows is None):
            raise ValueError(f"group {self.name!r} needs either weight or rows")
        return self

    def takes(self, source: str | None, type: str | None, language: str | None) -> bool:
        """Whether a sample belongs to this group."""
        return (
            (not self.source or source in self.source)
            and (not self.type or type in self.type)
            and (not self.language or language in self.language)
        )


class Mix(BaseModel):
    """One file of `configs/mixes`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int = Field(ge=1)
    total_rows: int | None = Field(default=None, ge=1, le=MAX_ROWS)
    groups: tuple[MixGroup, ...] = Field(min_length=1, max_length=MAX_GROUPS)
    rest: Literal["leave_out", "keep"] = "leave_out"
    licenses: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Mix":
        names = [group.name for group in self.groups]
        if len(set(names)) != len(names):
            raise ValueError("groups need names of their own")
        return self

    @property
    def sha256(self) -> str:
        """The digest of what the file says, comments and order of keys aside."""
        body = self.model_dump(mode="json")
        return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def load_mix(name_or_path: str) -> Mix:
    """Parse a mix: a shipped name or a file.

    Raises:
        ConfigError: it is missing or does not fit.
    """
    return load_config(Mix, "mixes", name_or_path)
