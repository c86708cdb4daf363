"""From a request's bytes to rollouts: the envelope is checked as a whole, each rollout alone.

The fast way reads the whole body in one pass of C; only where that fails is each rollout looked at
by itself.
"""

from typing import TypeVar

import msgspec

from assay.domain.rollout import Rollout
from assay.web.problems import MALFORMED_BODY, FieldError, Problem, ProblemError, invalid
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.rollout_reading import RolloutBody, RolloutReader, decode, said

T = TypeVar("T")


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    rollouts: list[RolloutBody]


class _RoughRequest(msgspec.Struct, forbid_unknown_fields=True):
    rollouts: list[msgspec.Raw]


_REQUEST = msgspec.json.Decoder(_Request)
_ROUGH = msgspec.json.Decoder(_RoughRequest)


def read_rollouts(body: bytes, *, max_rollouts: int) -> list[Rollout | UnreadRollout]:
    """Return the rollouts of a request, in order.

    Raises:
        ProblemError: 400 for what is no JSON, 422 for an envelope that does not fit, or too many.
    """
    reader = RolloutReader()
    try:
        bodies = _decoded(_REQUEST, body).rollouts
    except msgspec.ValidationError:
        texts = _rough(body)
        check_number(len(texts), max_rollouts)
        return [reader.read_text(bytes(text)) for text in texts]
    check_number(len(bodies), max_rollouts)
    return [reader.read(each) for each in bodies]


def check_number(num_rollouts: int, max_rollouts: int) -> None:
    """Check how many rollouts a request has.

    Raises:
        ProblemError: 422 for none, or too many.
    """
    if not 1 <= num_rollouts <= max_rollouts:
        expected = f"1 to {max_rollouts} rollouts"
        raise ProblemError(invalid([FieldError("/rollouts", expected, str(num_rollouts))]))


def _rough(body: bytes) -> list[msgspec.Raw]:
    return read_envelope(_ROUGH, body, "rollouts").rollouts


def read_envelope(decoder: "msgspec.json.Decoder[T]", body: bytes, what: str) -> T:
    """Return the envelope of a request for `what`.

    Raises:
        ProblemError: 400 for what is no JSON, 422 for what does not fit.
    """
    try:
        return _decoded(decoder, body)
    except msgspec.ValidationError as exc:
        wrong = FieldError("", f"an object with {what}", said(exc))
        raise ProblemError(invalid([wrong])) from exc


def _decoded(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    try:
        return decode(decoder, body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, RecursionError) as exc:
        detail = f"expected one JSON object in UTF-8, found: {said(exc)}; send JSON"
        raise ProblemError(Problem(MALFORMED_BODY, detail)) from None
