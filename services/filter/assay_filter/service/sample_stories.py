"""The story of a sample as the API tells it: the audit's rows with their JSON parsed, no paths."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Engine

from assay.audit.story import tell

# What a client may know of a run; where its files stand on the server is no business of theirs.
RUN_COLUMNS = (
    "id",
    "created_at",
    "finished_at",
    "code_version",
    "judge",
    "judge_version",
    "config_sha256",
    "rubric_sha256",
    "rules_sha256",
    "seed",
    "chain_head",
)
JSON_COLUMNS = frozenset(("edits", "place", "scores", "spreads", "defects", "raw", "reasons"))


def story_body(engine: Engine, run_id: str, ordinal: int) -> dict[str, Any]:
    """Return everything that the audit holds of one sample."""
    story = asdict(tell(engine, run_id, ordinal))
    for name in ("events", "judgements"):
        story[name] = [_parsed(row) for row in story[name]]
    if story["decision"] is not None:
        story["decision"] = _parsed(story["decision"])
    story["run"] = {name: story["run"][name] for name in RUN_COLUMNS}
    return {"object": "sample", **story}


def _parsed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: orjson.loads(value) if name in JSON_COLUMNS and isinstance(value, str) else value
        for name, value in row.items()
    }
