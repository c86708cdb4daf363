"""What was set differently in two runs: pipeline, rubric, rules, judge and inputs, key by key."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, select

from assay.audit import tables

MAX_VALUE_CHARS = 120
RUN_KEYS = ("code_version", "judge", "judge_version", "seed")


class Difference(NamedTuple):
    """One setting: where it stands, its key, and its values as JSON (None: not there)."""

    part: str  # run | input | conditions | pipeline | rubric | rules
    key: str
    before: str | None
    after: str | None


def differences(connection: Connection, before: Row[Any], after: Row[Any]) -> list[Difference]:
    """Return the settings that differ between two rows of table `run`, in a fixed order."""
    found = [
        Difference("run", key, _text(getattr(before, key)), _text(getattr(after, key)))
        for key in RUN_KEYS
        if getattr(before, key) != getattr(after, key)
    ]
    found += _differing("input", _inputs(before), _inputs(after))
    found += _differing("conditions", _conditions(before), _conditions(after))
    for part, column in (
        ("pipeline", "config_sha256"),
        ("rubric", "rubric_sha256"),
        ("rules", "rules_sha256"),
    ):
        one, other = getattr(before, column), getattr(after, column)
        if one != other:
            found.append(Difference(part, "sha256", _text(one), _text(other)))
            found += _differing(part, _settings(connection, one), _settings(connection, other))
    return found


def _inputs(run: Row[Any]) -> dict[str, Any]:
    """Return name -> digest of a run's inputs."""
    return {item["name"]: item.get("sha256") for item in orjson.loads(run.inputs)}


def _conditions(run: Row[Any]) -> dict[str, Any]:
    """Return what else decides a result: earlier runs looked at, evaluation sets taken out."""
    return dict(orjson.loads(run.conditions or "{}"))


def _settings(connection: Connection, sha256: str) -> dict[str, Any]:
    snapshot = tables.config_snapshot
    query = select(snapshot.c.body).where(snapshot.c.sha256 == sha256)
    body = orjson.loads(connection.execute(query).scalar_one())
    if isinstance(body, list):  # the rules in force: id, version, settings of each
        body = {rule["id"]: {"version": rule["version"], **rule["settings"]} for rule in body}
    return dict(_flatten(body, ""))


def _flatten(body: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in body.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _differing(part: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Difference]:
    return [
        Difference(
            part,
            key,
            _text(one[key]) if key in one else None,
            _text(other[key]) if key in other else None,
        )
        for key in sorted(one.keys() | other.keys())
        if key not in one or key not in other or one[key] != other[key]
    ]


def _text(value: object) -> str:
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return text if len(text) <= MAX_VALUE_CHARS else text[: MAX_VALUE_CHARS - 3] + "..."
