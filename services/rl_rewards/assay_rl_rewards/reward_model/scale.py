"""A common scale for raw logits: constants that belong to one version of one reward model.

The idea: logits of different reward models, and of one model in different languages, lie around
different means; `(raw - mean) / std`, by language, clipped at +-5, makes them comparable. The
invariant: constants are fixed and saved with the model's version. Statistics of the batch at hand
never enter, so the same answer earns the same reward whoever stands beside it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assay.configs import describe_errors
from assay.domain.errors import ConfigError, InputError
from assay_rl_rewards.reward_model.statistics import UNKNOWN_LANGUAGE, Running, primary_language

CLIP = 5.0  # standard deviations
MIN_COUNT = 100  # under this a language's own mean is off by more than a tenth of a deviation


class Constants(BaseModel):
    """Mean and population standard deviation of raw logits, and of how many."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean: float = Field(allow_inf_nan=False)
    std: float = Field(gt=0, allow_inf_nan=False)
    count: int = Field(ge=2)


class Scale(BaseModel):
    """The constants of one reward model.

    Attributes:
        model: its name.
        version: of the model; a scale fits no other.
        overall: over all languages; used where a language has no constants of its own.
        languages: by ISO 639 code, those with at least 100 logits.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    version: str
    overall: Constants
    languages: Mapping[str, Constants] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _languages_are_counted(self) -> Self:
        few = sorted(name for name, known in self.languages.items() if known.count < MIN_COUNT)
        if few:
            raise ValueError(f"each language needs at least {MIN_COUNT} logits, found fewer: {few}")
        return self

    def normalise(self, raw: float, language: str | None) -> float:
        """Return a finite logit in standard deviations from the language's mean, within +-5."""
        known = self.languages.get(primary_language(language), self.overall)
        return min(max((raw - known.mean) / known.std, -CLIP), CLIP)

    def save(self, path: Path) -> None:
        """Write the scale as JSON."""
        path.write_bytes(orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_INDENT_2))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            ConfigError: the file is missing or is no scale.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as exc:
            raise ConfigError(f"expected to read {str(path)!r}, found: {exc}") from exc
        except ValidationError as exc:
            raise ConfigError(f"{path} is no scale:\n{describe_errors(exc)}") from exc


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)  # a row may say where it comes from

    raw: float = Field(allow_inf_nan=False, strict=True)
    language: str | None = None


def fit_scale(lines: Iterable[bytes], *, model: str, version: str) -> Scale:
    """Fit constants to logits of responses that the policy may write, one JSON object a line.

    Args:
        lines: `{"language": "de" or null, "raw": 1.25}`; further members are ignored.
        model: name of the reward model that gave them.
        version: its version.

    Raises:
        InputError: a line is none, or the logits have no spread.
    """
    overall, by_language = Running(), dict[str, Running]()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _read(line, number)
        overall.add(row.raw)
        by_language.setdefault(primary_language(row.language), Running()).add(row.raw)
    if overall.count < 2 or not overall.spread()["std"]:
        raise InputError(
            f"expected at least two different logits, found {overall.count} without spread; a "
            "reward model that says the same of everything has no scale"
        )
    return Scale(
        model=model,
        version=version,
        overall=Constants(**overall.spread()),
        languages={
            name: Constants(**running.spread())
            for name, running in sorted(by_language.items())
            if name != UNKNOWN_LANGUAGE and running.count >= MIN_COUNT and running.spread()["std"]
        },
    )


def _read(line: bytes, number: int) -> _Row:
    try:
        return _Row.model_validate_json(line)
    except ValidationError as exc:
        raise InputError(
            f'line {number}: expected {{"language", "raw"}} with a finite number, found:\n'
            f"{describe_errors(exc)}"
        ) from exc
