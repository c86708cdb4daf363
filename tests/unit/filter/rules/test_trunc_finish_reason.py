import pytest

from assay.domain.action import Drop
from assay.domain.sample import JsonObject, Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.trunc_finish_reason import TruncFinishReason, TruncFinishReasonSettings


def actions(metadata: JsonObject) -> list[object]:
    turns = (Message("user", "Hi"), Message("assistant", "Hello there."))
    rule = TruncFinishReason(TruncFinishReasonSettings())
    return list(rule.check(View(Sample(turns, metadata=metadata))))


@pytest.mark.parametrize(
    "metadata",
    [
        {"finish_reason": "length"},
        {"stop_reason": "max_tokens"},
        {"finishReason": "MAX_TOKENS"},
        {"choices": [{"index": 0, "finish_reason": "length"}]},
        {"response": {"choices": [{"finish_reason": "stop"}, {"finish_reason": "length"}]}},
    ],
)
def test_a_limit_signal_drops_once(metadata: JsonObject) -> None:
    found = actions(metadata)
    assert len(found) == 1 and isinstance(found[0], Drop)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"finish_reason": "stop"},
        {"length": "length"},
        {"finish_reason": None},
        {"finish_reason": 3},
        {"a": {"b": {"c": {"d": {"e": {"finish_reason": "length"}}}}}},
    ],
)
def test_other_metadata_says_nothing(metadata: JsonObject) -> None:
    assert not actions(metadata)
