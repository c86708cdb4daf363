from collections.abc import Mapping

import pytest

from assay.domain.sample import JsonValue
from assay_rl_rewards.plans.schedule import SchedulePlan

PARAMS: Mapping[str, JsonValue] = {
    "answer_type": "schedule",
    "activities": [
        {"name": "Review", "minutes": 60, "latest": "12:00"},
        {"name": "Lunch talk", "minutes": 30, "earliest": "12:00"},
        {"name": "Report", "minutes": 45, "after": ["Review"]},
    ],
    "day": ["09:00", "15:00"],
    "busy": [["10:00", "10:30"], ["10:00", "11:00"]],
}
RIGHT = "Review: 09:00-10:00, Lunch talk: 12:00-12:30, Report: 11:00-11:45"


def _fault(answer: str, **changes: JsonValue) -> str | None:
    plan = SchedulePlan.model_validate({**PARAMS, **changes})
    return plan.expect(None).find_fault(answer)


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        "Review: 9:00 AM to 10:00 AM\nLunch talk: 12:00 PM to 12:30 PM\nReport: 2:00 PM to 2:45 PM",
        '{"Review": "09:00-10:00", "Report": "11:00-11:45", "Lunch talk": "14:30-15:00"}',
    ],
)
def test_any_schedule_that_holds_is_right(answer: str) -> None:
    assert _fault(answer) is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (", Report: 11:00-11:45", "", "the activities are not those of the task"),
        ("Report", "Rest", "the activities are not those of the task"),
        ("11:00-11:45", "11:00-11:30", "an activity is not as long as it lasts"),
        ("09:00-10:00", "08:30-09:30", "an activity is outside its window"),
        ("12:00-12:30", "14:45-15:15", "an activity is outside its window"),
        ("12:00-12:30", "11:45-12:15", "an activity is outside its window"),
        ("12:00-12:30", "13:00-12:30", "an activity is not as long as it lasts"),
        ("11:00-11:45", "09:15-10:00", "an activity comes before what it must follow"),
        ("11:00-11:45", "12:15-13:00", "two activities overlap"),
        ("11:00-11:45", "10:45-11:30", "an activity overlaps a busy time"),
        ("11:00-11:45", "about noon", "not an answer of the form that is asked for"),
        ("11:00-11:45", "11:00:30-11:45:30", "not an answer of the form that is asked for"),
    ],
)
def test_each_rule_of_a_schedule_is_checked(old: str, new: str, told: str) -> None:
    assert _fault(RIGHT.replace(old, new)) == told


def test_an_activity_at_a_busy_time_of_its_own_length_overlaps() -> None:
    busy: JsonValue = [["09:00", "10:00"]]
    assert _fault(RIGHT, busy=busy) == "an activity overlaps a busy time"


def test_a_gap_is_kept_on_either_side() -> None:
    assert _fault(RIGHT, busy=[], gap_minutes=15) is None
    assert _fault(RIGHT, busy=[], gap_minutes=16) == "two activities overlap"
    assert _fault(RIGHT, gap_minutes=5) == "an activity overlaps a busy time"


@pytest.mark.parametrize(
    "changes",
    [
        {"activities": [{"name": "A", "minutes": 5}, {"name": "a", "minutes": 5}]},
        {"activities": [{"name": "A", "minutes": 5, "after": ["B"]}]},
        {"day": ["15:00", "09:00"]},
        {"busy": [["10:00", "10:00"]]},
        {"day": ["9:00", "15:00"]},
    ],
)
def test_tasks_without_sense_are_refused(changes: Mapping[str, JsonValue]) -> None:
    with pytest.raises(ValueError, match=r"expected|should match"):
        _fault(RIGHT, **changes)
