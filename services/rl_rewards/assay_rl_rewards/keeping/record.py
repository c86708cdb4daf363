"""A rollout with what it earned, as a row of a Parquet file: enough to verify it again.

Messages, reference, parameters and parts are JSON texts, for their shapes differ from task to task
and Arrow has one schema a file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from assay.domain.errors import InputError
from assay.domain.reward import Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay.domain.sample import Message, ToolCall

SCHEMA = pa.schema(
    [
        pa.field("at_milliseconds", pa.int64(), nullable=False),  # since 1970, of the answer
        pa.field("id", pa.string()),
        pa.field("group", pa.string()),
        pa.field("domain", pa.string(), nullable=False),
        pa.field("messages", pa.string(), nullable=False),
        pa.field("response", pa.string(), nullable=False),
        pa.field("reference", pa.string(), nullable=False),
        pa.field("params", pa.string(), nullable=False),
        pa.field("language", pa.string()),
        pa.field("finish_reason", pa.string()),
        pa.field("num_tokens", pa.int64()),
        pa.field("reward", pa.float64()),  # null: it was not measured
        pa.field("status", pa.string(), nullable=False),
        pa.field("parts", pa.string(), nullable=False),
        pa.field("extracted", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("verifier", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("milliseconds", pa.float64(), nullable=False),
    ]
)
PLAIN_ROLLOUT = ("domain", "response", "language", "finish_reason", "num_tokens", "id", "group")
PLAIN_REWARD = ("reward", "extracted", "reason", "verifier", "version", "milliseconds")


@dataclass(frozen=True, slots=True)
class KeptReward:
    """One rollout, what it earned, and when (milliseconds since 1970)."""

    at_milliseconds: int
    rollout: Rollout
    reward: Reward


def to_batch(kept: Sequence[KeptReward]) -> pa.RecordBatch:
    """Return records as Arrow rows of `SCHEMA`."""
    return pa.RecordBatch.from_pylist([_row(record) for record in kept], schema=SCHEMA)


def from_batch(batch: pa.RecordBatch) -> Iterable[KeptReward]:
    """Yield the records of Arrow rows.

    Raises:
        InputError: a column is missing, or a row is not what `to_batch` writes.
    """
    missing = [name for name in SCHEMA.names if name not in batch.schema.names]
    if missing:
        raise InputError(
            f"expected rewards as this service keeps them, found no columns {missing}; "
            "give a folder or file that ASSAY_RL_REWARDS_KEEP wrote"
        )
    for row in batch.select(SCHEMA.names).to_pylist():
        try:
            yield _record(row)
        except (ValueError, TypeError, KeyError) as exc:
            raise InputError(f"expected a kept reward, found a row that is none: {exc}") from exc


def _row(record: KeptReward) -> dict[str, Any]:
    rollout, reward = record.rollout, record.reward
    row: dict[str, Any] = {name: getattr(rollout, name) for name in PLAIN_ROLLOUT}
    row |= {name: getattr(reward, name) for name in PLAIN_REWARD}
    return row | {
        "at_milliseconds": record.at_milliseconds,
        "messages": _dump(list(rollout.messages)),
        "reference": _dump(rollout.reference),
        "params": _dump(rollout.params),
        "status": reward.status.value,
        "parts": _dump(reward.parts),
    }


def _record(row: dict[str, Any]) -> KeptReward:
    rollout = Rollout(
        messages=tuple(_message(body) for body in orjson.loads(row["messages"])),
        reference=orjson.loads(row["reference"]),
        params=orjson.loads(row["params"]),
        **{name: row[name] for name in PLAIN_ROLLOUT},
    )
    reward = Reward(
        id=row["id"],
        status=RewardStatus(row["status"]),
        parts=orjson.loads(row["parts"]),
        **{name: row[name] for name in PLAIN_REWARD},
    )
    return KeptReward(row["at_milliseconds"], rollout, reward)


def _message(body: dict[str, Any]) -> Message:
    calls = tuple(ToolCall(**call) for call in body.pop("tool_calls"))
    return Message(tool_calls=calls, **body)


def _dump(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
