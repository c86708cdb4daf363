"""A task survives the way to a worker; anything else is refused by the name of the field."""

import orjson
import pytest

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import Message
from assay_rl_rewards.pool.jobs import encode_task
from assay_rl_rewards.pool.tasks import parse_task


def test_task_arrives_as_it_was_sent() -> None:
    task = parse_task(
        orjson.dumps(
            {
                "domain": "math",
                "messages": [{"role": "user", "content": "2 + 2?"}],
                "reference": ["4", 4.0],
                "params": {"extractor": "boxed"},
                "language": "de",
            }
        )
    )
    assert task.question == "2 + 2?"
    assert task.messages == (Message("user", "2 + 2?"),)
    assert task.reference == ["4", 4.0]
    assert task.params == {"extractor": "boxed"}
    assert task.language == "de"


@pytest.mark.parametrize(
    ("task", "field"),
    [
        ({}, "domain"),
        ({"domain": "math", "answer": 4}, "answer"),
        ({"domain": "math", "messages": [{"role": "user", "text": "?"}]}, "messages.0.text"),
        ({"domain": "math", "params": []}, "params"),
    ],
)
def test_wrong_field_is_named(task: object, field: str) -> None:
    with pytest.raises(InvalidTaskError, match=f"'{field}'"):
        parse_task(orjson.dumps(task))


def test_integers_beyond_64_bits_are_not_rounded() -> None:
    number = 2**200 + 1
    payload = encode_task({"domain": "math", "reference": number})
    assert payload is not None
    assert parse_task(payload).reference == number


def test_equal_tasks_have_equal_bytes() -> None:
    assert encode_task({"a": 1, "b": 2}) == encode_task({"b": 2, "a": 1})


def test_task_that_is_not_json_has_no_bytes() -> None:
    nested: list[object] = []
    for _ in range(5000):
        nested = [nested]
    assert encode_task({"domain": object()}) is None  # type: ignore[dict-item]
    assert encode_task({"reference": nested}) is None  # type: ignore[dict-item]
