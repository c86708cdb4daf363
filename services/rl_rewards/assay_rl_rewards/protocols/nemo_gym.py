"""NeMo Gym's resources server: `/seed_session`, `/verify`, `/aggregate_metrics`, `/reverify_mode`.

A row of the data set travels in the request beside the model's Responses object and comes back with
`reward`. The task is `domain`, `reference`, `params`, `language` of the row, or of its
`verifier_metadata`. A reward that is null is answered as that protocol answers a judge's failure:
the row gets `_ng_failure_class`, is kept apart from all aggregates and is tried again; the 0.0
beside it is never read. Metrics follow its RewardProfiler: mean, max, min, median and sample
standard deviation of every number in the rows, by task and over all. Source:
nemo_gym/base_resources_server.py, judge.py, reward_profile.py of August 2026.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from assay.domain.errors import InvalidTaskError
from assay.domain.reward import Reward
from assay.domain.rollout import CUT_BY_LENGTH, Rollout
from assay.domain.sample import ROLES, Message
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.protocols.task_fields import read_params, read_reference, read_text

TASK_INDEX = "_ng_task_index"
ROLLOUT_INDEX = "_ng_rollout_index"
FAILURE_CLASS = "_ng_failure_class"
FAILURE_ERROR = "_ng_failure_judge_error"
REVERIFY_MODE = "stateless"
EXAMPLE: dict[str, Any] = {
    "responses_create_params": {"input": [{"role": "user", "content": "What is 12 * 12?"}]},
    "response": {
        "id": "resp_1",
        "object": "response",
        "output": [
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "It is \\boxed{144}."}],
            }
        ],
    },
    "domain": "math",
    "reference": "144",
}


class VerifyRequest(BaseModel):
    """A row, the request that was sent to the model, and the model's Responses object."""

    model_config = ConfigDict(extra="allow", frozen=True, json_schema_extra={"examples": [EXAMPLE]})

    responses_create_params: dict[str, JsonValue]
    response: dict[str, JsonValue]


class MetricsRequest(BaseModel):
    """Answers of `/verify`, stripped or whole."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    verify_responses: list[dict[str, JsonValue]]


class Metrics(BaseModel):
    """Statistics by task, over all, and the means alone."""

    group_level_metrics: list[dict[str, JsonValue]]
    agent_metrics: dict[str, JsonValue]
    key_metrics: dict[str, JsonValue]


def read_rollout(request: VerifyRequest) -> Rollout | UnreadRollout:
    """Return the rollout of a request, or why there is none."""
    row: dict[str, Any] = dict(request.model_extra or {})
    metadata = row.get("verifier_metadata")
    task = {**metadata, **row} if isinstance(metadata, dict) else row
    try:
        return Rollout(
            domain=_text_of(task, "domain"),
            messages=tuple(_prompt(request.responses_create_params)),
            response=_answer(request.response),
            reference=read_reference(task),
            params=read_params(task),
            language=read_text(task, "language"),
            finish_reason=_finish_reason(request.response),
        )
    except InvalidTaskError as exc:
        return UnreadRollout(str(exc))


def write_answer(request: VerifyRequest, reward: Reward) -> dict[str, Any]:
    """Return the row with what it earned."""
    answer = request.model_dump() | {
        "reward": reward.reward if reward.reward is not None else 0.0,
        "assay_status": reward.status.value,
        "assay_reason": reward.reason,
        "assay_version": reward.version,
    }
    if reward.reward is None:
        told = f"{reward.status}: {reward.reason}"
        return answer | {FAILURE_CLASS: "judge_failed", FAILURE_ERROR: told}
    return answer | ({"reward_components": dict(reward.parts)} if reward.parts else {})


def aggregate(rows: Sequence[Mapping[str, Any]]) -> Metrics:
    """Return the statistics of verified rows; rows of a failure take no part."""
    sound = [row for row in rows if FAILURE_CLASS not in row]
    groups: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in sound:
        groups[_index(row)].append(row)
    overall = _statistics(sound)
    return Metrics(
        group_level_metrics=[
            {TASK_INDEX: index, **_statistics(groups[index]), "num_rollouts": len(groups[index])}
            for index in sorted(groups)
        ],
        agent_metrics=overall,
        key_metrics={name: value for name, value in overall.items() if name.startswith("mean/")},
    )


def _index(row: Mapping[str, Any]) -> int:
    index = row.get(TASK_INDEX, 0)
    return index if isinstance(index, int) else 0


def _statistics(rows: Iterable[Mapping[str, Any]]) -> dict[str, JsonValue]:
    columns: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            if isinstance(value, int | float) and name not in (TASK_INDEX, ROLLOUT_INDEX):
                columns[name].append(float(value))
    found: dict[str, JsonValue] = {}
    for name, values in columns.items():
        found[f"mean/{name}"] = statistics.fmean(values)
        found[f"max/{name}"] = max(values)
        found[f"min/{name}"] = min(values)
        found[f"median/{name}"] = statistics.median(values)
        found[f"std/{name}"] = statistics.stdev(values) if len(values) > 1 else 0.0
    return found


def _text_of(task: Mapping[str, Any], key: str) -> str:
    value = task.get(key)
    if not isinstance(value, str):
        raise InvalidTaskError(
            f"expected a {key} in the row or in its verifier_metadata, found {value!r:.60}"
        )
    return value


def _prompt(params: Mapping[str, Any]) -> Iterable[Message]:
    given = params.get("input")
    if isinstance(params.get("instructions"), str):
        yield Message("system", params["instructions"])
    if isinstance(given, str):
        yield Message("user", given)
        return
    if not isinstance(given, list):
        raise InvalidTaskError("expected a text or messages as responses_create_params.input")
    for item in given:
        role = item.get("role") if isinstance(item, dict) else None
        if role is None:
            continue  # calls and their outputs are the agent's, not the prompt's
        role = "system" if role == "developer" else role
        if role not in ROLES:
            raise InvalidTaskError(f"expected a role of {ROLES}, found {role!r:.40}")
        yield Message(role, _joined(item.get("content"), ("input_text", "output_text", "text")))


def _answer(response: Mapping[str, Any]) -> str:
    """Return the text of the model's last message: what came before it were steps of an agent."""
    output = response.get("output")
    for item in reversed(output if isinstance(output, list) else []):
        if isinstance(item, dict) and item.get("type") == "message":
            return _joined(item.get("content"), ("output_text",))
    return ""


def _joined(content: Any, kinds: Sequence[str]) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(
        part["text"]
        for part in parts
        if isinstance(part, dict)
        and part.get("type") in kinds
        and isinstance(part.get("text"), str)
    )


def _finish_reason(response: Mapping[str, Any]) -> str | None:
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    return CUT_BY_LENGTH if reason == "max_output_tokens" else None
