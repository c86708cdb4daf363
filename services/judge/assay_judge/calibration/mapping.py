"""The mapping: where in a row the labels stand and what they mean.

A mapping is YAML. Every path is dotted and starts at the row. Without a mapping the plain keys
`scores`, `defects` and `expected` are looked for, at the top of the row or under `labels`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.domain.rubric import NAME, Rubric
from assay.domain.sample import JsonObject, JsonValue
from assay_judge.calibration.fields import find_value

MAX_WHOLE_LEVELS = 11  # a wider scale of whole numbers is binned into five
NUM_WIDE_LEVELS = 5

Path = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=NAME)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DimensionLabel(_Part):
    """People's scores for one dimension.

    The field holds a number, a list (one score an annotator, by position) or an object (by name);
    several fields are one annotator each.

    Attributes:
        scale: lowest and highest score that people could give.
        levels: how many steps the scale has; agreement on levels is measured on them.
        annotators: the keys to read, where the field holds an object.
    """

    field: Path | tuple[Path, ...]
    scale: tuple[float, float] = (1.0, 5.0)
    levels: int | None = Field(default=None, ge=2, le=50)
    annotators: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _scale_rises(self) -> Self:
        if self.scale[0] >= self.scale[1]:
            raise ValueError(f"scale must be [lowest, highest], found {list(self.scale)}; swap it")
        return self

    @property
    def num_levels(self) -> int:
        """The steps of the scale: given, or its whole numbers when there are few."""
        low, high = self.scale
        if self.levels is not None:
            return self.levels
        is_whole = low == int(low) and high == int(high) and high - low < MAX_WHOLE_LEVELS
        return int(high - low) + 1 if is_whole else NUM_WIDE_LEVELS


class Condition(_Part):
    """A claim about one field: that it equals a value, or contains it (list, or true in object)."""

    field: Path
    equals: bool | int | float | str | None = None
    contains: str | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.equals is None) == (self.contains is None):
            raise ValueError("give either `equals` or `contains`")
        return self

    def holds(self, row: JsonObject) -> bool | None:
        """Whether the claim is true of `row`; None where the field is absent."""
        value = find_value(row, self.field)
        if value is None:
            return None
        if self.contains is None:
            return _is_same(value, self.equals)
        if isinstance(value, dict):
            return value.get(self.contains) is True
        return self.contains in value if isinstance(value, list | str) else False


class DefectLabel(Condition):
    """Whether people marked a defect.

    Attributes:
        check: the rubric's check whose P(yes) is the judge's probability of this defect.
        ranked_by: a dimension whose low score speaks for the defect, for a precision-recall area.
    """

    check: Name | None = None
    ranked_by: Name | None = None


class ExpectedLabel(_Part):
    """People's verdict: which values of the field mean accept, which reject; others are none."""

    field: Path
    accept: tuple[bool | int | float | str, ...] = ("accept",)
    reject: tuple[bool | int | float | str, ...] = ("reject",)

    def is_good(self, row: JsonObject) -> bool | None:
        """Whether people accept the row; None where they do not say."""
        value = find_value(row, self.field)
        if any(_is_same(value, known) for known in self.accept):
            return True
        return False if any(_is_same(value, known) for known in self.reject) else None


class PairLabel(_Part):
    """Two answers to one prompt, one of them preferred.

    Attributes:
        id: the field that both answers of a pair share.
        better: what is true of the preferred one.
        by: what is compared: the overall score, a dimension, or the weighted mean of the
            dimensions that both answers have a score for (`common`).
    """

    id: Path
    better: Condition
    by: Name = "overall"


class TurnField(_Part):
    """The label belongs to the message whose index stands in a field."""

    field: Path


class LabelMapping(_Part):
    """How to read labels from rows.

    Attributes:
        truth: what several annotators' scores are summed up to.
        cluster: the field whose value binds rows together in the bootstrap and the split; without
            it, rows with the same messages before the labelled turn belong together.
        turn: the labelled turn: the last assistant one; `worst`, where labels are for the whole
            conversation; or the index in a field.
        generator: the field that names the model which wrote the response.
        where: only rows of which all of this is true are used.
    """

    dimensions: Mapping[Name, DimensionLabel] = Field(default_factory=dict)
    defects: Mapping[Name, DefectLabel] = Field(default_factory=dict)
    expected: ExpectedLabel | None = None
    pairs: PairLabel | None = None
    truth: Literal["mean", "median"] = "mean"
    cluster: Path | None = None
    turn: Literal["last", "worst"] | TurnField = "last"
    generator: Path | None = None
    where: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _labels_something(self) -> Self:
        if not (self.dimensions or self.defects or self.expected or self.pairs):
            raise ValueError("name at least one of dimensions, defects, expected and pairs")
        return self

    def unknown_names(self, rubric: Rubric) -> list[str]:
        """Return what the mapping names and the rubric does not have."""
        dimensions = [*self.dimensions, *(d.ranked_by for d in self.defects.values())]
        if self.pairs and self.pairs.by not in ("overall", "common"):
            dimensions.append(self.pairs.by)
        unknown = [f"dimension {n!r}" for n in dimensions if n and n not in rubric.dimensions]
        unknown += [f"defect {n!r}" for n in self.defects if n not in rubric.defects]
        checks = [d.check for d in self.defects.values() if d.check]
        return unknown + [f"check {n!r}" for n in checks if n not in rubric.checks]


def guess_mapping(rows: Sequence[JsonObject], rubric: Rubric) -> LabelMapping | None:
    """Return the mapping of rows with plain keys, or None where there are none.

    A defect that no row has is left out: rows that never speak of it do not say that it is absent.
    """
    found: dict[str, object] = {}
    scored = {n: _first_field(rows, f"scores.{n}") for n in rubric.dimensions}
    if dimensions := {n: {"field": field} for n, field in scored.items() if field}:
        found["dimensions"] = dimensions
    if (field := _first_field(rows, "defects")) is not None:
        claims = {n: Condition(field=field, contains=n) for n in rubric.defects}
        kinds = [n for n, claim in claims.items() if any(claim.holds(row) for row in rows)]
        found["defects"] = {n: {"field": field, "contains": n} for n in kinds}
    if (field := _first_field(rows, "expected")) is not None:
        found["expected"] = {"field": field}
    return LabelMapping.model_validate(found) if any(found.values()) else None


def describe_keys(rows: Iterable[JsonObject]) -> str:
    """Return the keys of the first rows, for a message: what could be mapped."""
    keys: dict[str, None] = {}
    for row, _ in zip(rows, range(20), strict=False):
        for key, value in row.items():
            inner: JsonValue = find_value(row, key)
            names = [f"{key}.{k}" for k in inner] if isinstance(inner, dict) else [key]
            keys.update(dict.fromkeys(names if value is not None else ()))
    known = ("messages", "tools", "documents")
    return ", ".join(repr(k[:40]) for k in keys if k not in known) or "none"


def _is_same(value: JsonValue, known: bool | int | float | str | None) -> bool:
    """Whether two values are equal as JSON: 1 is 1.0, and true is not 1."""
    return isinstance(value, bool) == isinstance(known, bool) and value == known


def _first_field(rows: Sequence[JsonObject], path: str) -> str | None:
    for field in (path, f"labels.{path}"):
        if any(find_value(row, field) is not None for row in rows):
            return field
    return None
