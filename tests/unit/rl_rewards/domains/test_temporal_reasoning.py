from collections.abc import Mapping

import pytest

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.expected import AnswerTask
from assay_rl_rewards.domains.temporal_reasoning import TemporalReasoning
from assay_rl_rewards.verifier import Task

VERIFIER = TemporalReasoning()
EXAMPLES: list[tuple[JsonValue, Mapping[str, JsonValue]]] = [
    ("2024-03-05", {"answer_type": "date"}),
    ("0001-01-01", {"answer_type": "date"}),
    ("9999-12-31", {"answer_type": "date"}),
    ("2024-12", {"answer_type": "month"}),
    ("14:30", {"answer_type": "time", "extractor": "answer_line"}),
    ("00:00:59", {"answer_type": "time"}),
    ("2024-03-05 14:30", {"answer_type": "datetime"}),
    ("45 days", {"answer_type": "duration", "unit": "day"}),
    ("P1Y2M", {"answer_type": "duration"}),
    ("Monday", {"answer_type": "weekday"}),
    ("2024-03-05/2024-03-09", {"answer_type": "interval", "element": "date"}),
    ("09:00-10:30", {"answer_type": "interval", "element": "time"}),
    (["2024-03-05", "2024-03-09"], {"answer_type": "time_list", "element": "date"}),
    (["March 5, 2024", "March 9, 2024"], {"answer_type": "time_list", "element": "date"}),
    ("entailment", {"answer_type": "label", "labels": ["entailment", "neutral", "contradiction"]}),
    (["war", "peace"], {"answer_type": "list"}),
    (True, {"answer_type": "bool"}),
    (
        {"A": "09:00-09:30", "B": "09:30-10:00"},
        {
            "answer_type": "schedule",
            "activities": [{"name": "A", "minutes": 30}, {"name": "B", "minutes": 30}],
            "day": ["09:00", "12:00"],
        },
    ),
]


def _read(reference: JsonValue, params: Mapping[str, JsonValue]) -> AnswerTask:
    return VERIFIER.read_task(Task("temporal_reasoning", (), reference, params))


def _score(task: AnswerTask, answer: str) -> float:
    return VERIFIER.grade(task, f"\\boxed{{{answer}}}").score


@pytest.mark.parametrize(("reference", "params"), EXAMPLES)
def test_gold_earns_all_and_decoys_nothing(
    reference: JsonValue, params: Mapping[str, JsonValue]
) -> None:
    task = _read(reference, params)
    gold = VERIFIER.render_gold(task)
    assert gold is not None
    assert VERIFIER.grade(task, gold).score == 1
    decoys = VERIFIER.list_decoys(task)
    assert decoys or isinstance(reference, bool)
    for decoy in decoys:
        assert VERIFIER.grade(task, decoy.text).score == 0, decoy.kind


@pytest.mark.parametrize(("reference", "params"), EXAMPLES)
def test_null_answers_earn_nothing(reference: JsonValue, params: Mapping[str, JsonValue]) -> None:
    task = _read(reference, params)
    for answer in ("", "I do not know", "?", "3", "a", "sat", "today", "now", "9" * 9000):
        assert VERIFIER.grade(task, f"\\boxed{{{answer}}}").score == 0
        assert VERIFIER.grade(task, f"Answer: {answer}").score == 0


def test_values_are_compared_not_spellings() -> None:
    task = _read("2024-03-05", {"answer_type": "date"})
    assert _score(task, "5 de marzo de 2024") == 1
    assert _score(task, "\\text{March 5, 2024}") == 1
    duration = _read("PT90M", {"answer_type": "duration"})
    assert _score(duration, "1 hour 30 minutes") == 1
    assert _score(duration, "1.5 hours") == 1
    assert _score(duration, "90") == 0


def test_the_declared_order_settles_a_numeric_date() -> None:
    assert _score(_read("2024-03-05", {"answer_type": "date"}), "05/03/2024") == 0
    assert _score(_read("2024-03-05", {"answer_type": "date", "order": "dmy"}), "05/03/2024") == 1
    assert _score(_read("2024-03-05", {"answer_type": "date", "order": "mdy"}), "05/03/2024") == 0


def test_lists_keep_their_order() -> None:
    task = _read(["09:00", "10:00", "11:00"], {"answer_type": "time_list", "element": "time"})
    assert _score(task, "9:00 am, 10:00 am, 11:00 am") == 1
    assert _score(task, "[09:00; 10:00; 11:00]") == 1
    assert _score(task, "09:00, 11:00, 10:00") == 0
    assert _score(task, "09:00, 10:00") == 0
    assert _score(task, ", ".join(["09:00"] * 100)) == 0


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ("05/03/2024", {"answer_type": "date"}),
        ("soon", {"answer_type": "date"}),
        (20240305, {"answer_type": "date"}),
        ("45", {"answer_type": "duration"}),
        ("09:00", {"answer_type": "interval", "element": "time"}),
        ([], {"answer_type": "time_list", "element": "time"}),
        ("09:00", {"answer_type": "time_list", "element": "time"}),
        (["9"], {"answer_type": "time_list", "element": "time"}),
        ("Someday", {"answer_type": "weekday"}),
        ("2024-03-05", {"answer_type": "date", "order": "ymd"}),
        ("2024-03-05", {"answer_type": "countdown"}),
        (7, {"answer_type": "schedule", "activities": [{"name": "A", "minutes": 5}],
             "day": ["09:00", "12:00"]}),
        ({"A": "08:00-08:05"}, {"answer_type": "schedule", "day": ["09:00", "12:00"],
                                "activities": [{"name": "A", "minutes": 5}]}),
    ],
)  # fmt: skip
def test_tasks_that_cannot_be_graded_are_refused(
    reference: JsonValue, params: Mapping[str, JsonValue]
) -> None:
    with pytest.raises(InvalidTaskError, match="expected"):
        _read(reference, params)
