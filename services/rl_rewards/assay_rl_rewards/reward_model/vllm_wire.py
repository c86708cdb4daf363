"""What is said to vLLM's pooling server, and what may be believed of its answers.

`POST /classify {"model", "input": [[ids], ...], "use_activation": false}` gives
`{"data": [{"index", "label", "probs": [logit], "num_classes": 1}, ...]}`; with the default
`use_activation` a sigmoid is applied. One sequence that is too long fails its whole request with
400. Shapes recorded from vLLM 0.32.
"""

import math
from collections.abc import Sequence
from typing import Any

import orjson

from assay.domain.errors import RewardModelError
from assay_rl_rewards.reward_model.port import Logit

PATH = "classify"
MODELS_PATH = "v1/models"


def classify_body(model: str, sequences: Sequence[Sequence[int]]) -> bytes:
    """Return the request that scores token ids, without an activation."""
    return orjson.dumps(
        {"model": model, "input": [list(ids) for ids in sequences], "use_activation": False}
    )


def read_logits(body: bytes, num_sequences: int) -> list[Logit]:
    """Return one logit per sequence and in order, or what is wrong with it.

    Raises:
        RewardModelError: nothing of the answer can be believed (code `malformed`).
    """
    items: dict[int, Logit] = {}
    for item in _rows(body):
        at = item.get("index")
        if type(at) is not int or not 0 <= at < num_sequences or at in items:
            raise malformed("an index that was not asked for, or came twice")
        items[at] = _logit(item)
    return [items.get(at, malformed("no number for this item")) for at in range(num_sequences)]


def read_max_tokens(body: bytes, model: str) -> int:
    """Return the longest sequence that a server takes for a model, from its list of models.

    Raises:
        RewardModelError: the server does not serve it (code `refused`), or does not say.
    """
    rows = _rows(body)
    found = next((row for row in rows if row.get("id") == model), None)
    if found is None:
        names = sorted(str(row.get("id")) for row in rows)
        raise RewardModelError(
            f"expected the model {model!r} on the server, found {names!r:.200}", "refused"
        )
    length = found.get("max_model_len")
    if type(length) is not int:
        raise malformed("no max_model_len")
    return length


def malformed(found: str) -> RewardModelError:
    """Return the error of an answer that is not of the form agreed on."""
    return RewardModelError(
        f"expected scores of a vLLM pooling server, found {found}; check URL and model", "malformed"
    )


def not_finite() -> RewardModelError:
    """Return the error of a logit that is no number."""
    return RewardModelError("expected a finite logit, found NaN or infinity", "not_finite")


def _rows(body: bytes) -> list[dict[str, Any]]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise malformed("no JSON") from exc
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise malformed("no list of data")
    return rows


def _logit(item: dict[str, Any]) -> Logit:
    probs = item.get("probs")
    if not isinstance(probs, list) or len(probs) != 1:
        return malformed("not exactly one number for an item: no scalar reward model")
    (value,) = probs
    if value is None:
        return not_finite()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return malformed("a value that is no number")
    return float(value) if math.isfinite(value) else not_finite()
