"""A schedule: every activity once, as long as it lasts, within its window, without a conflict.

The answer gives each activity a start and an end on one day. What is checked: the names are those
of the task, the length is exact, the day's and the activity's windows hold, nothing overlaps (with
another activity, with busy times, gap included), and what must come after something does.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.clocks import Clock, read_clock
from assay_rl_rewards.answers.expected import AnswerKind, Expected
from assay_rl_rewards.answers.intervals import read_interval
from assay_rl_rewards.answers.labels import fold_label, read_mapping
from assay_rl_rewards.answers.typed import OTHER_FORM
from assay_rl_rewards.verifier import Decoy

MAX_ACTIVITIES = 24
_CLOCK = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Slot(NamedTuple):
    """Minutes after midnight; the end is not part of it."""

    start: int
    end: int


class Activity(BaseModel):
    """What is to be planned; times are HH:MM of the one day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    minutes: int = Field(ge=1, le=1440)
    earliest: _CLOCK | None = None
    latest: _CLOCK | None = None
    after: Sequence[str] = ()


class SchedulePlan(AnswerKind):
    """Plan activities on one day. The reference is an object of name to `HH:MM-HH:MM`, or null."""

    answer_type: Literal["schedule"]
    activities: Sequence[Activity] = Field(min_length=1, max_length=MAX_ACTIVITIES)
    day: tuple[_CLOCK, _CLOCK]
    busy: Sequence[tuple[_CLOCK, _CLOCK]] = Field(default=(), max_length=100)
    gap_minutes: int = Field(default=0, ge=0, le=240)

    def expect(self, reference: JsonValue) -> Expected:
        names = [fold_label(activity.name) for activity in self.activities]
        if len(set(names)) != len(names):
            raise ValueError("expected activities with names that differ")
        if not {fold_label(n) for a in self.activities for n in a.after} <= set(names):
            raise ValueError("expected activities to come after activities of the task")
        if any(_minutes(start) >= _minutes(end) for start, end in (self.day, *self.busy)):
            raise ValueError("expected times that end after they start")
        start = _minutes(self.day[0])
        piled = {a.name: _written(Slot(start, start + a.minutes)) for a in self.activities}
        wrong = (Decoy("all_at_once", _paired(piled)),) if len(names) > 1 else ()
        gold = _paired(reference) if isinstance(reference, Mapping) else reference
        if gold is not None and not isinstance(gold, str):
            raise ValueError("expected an object of names to times, or null, as reference")
        return Expected(partial(_schedule_fault, self), gold, wrong)


def check_schedule(plan: SchedulePlan, slots: Mapping[str, Slot]) -> str | None:
    """Say what is wrong with `slots` (by folded name); None where the schedule holds."""
    activities = {fold_label(activity.name): activity for activity in plan.activities}
    if set(slots) != set(activities):
        return "the activities are not those of the task"
    for name, activity in activities.items():
        told = _activity_fault(plan, activity, slots[name])
        if told is not None:
            return told
        if any(slots[fold_label(other)].end > slots[name].start for other in activity.after):
            return "an activity comes before what it must follow"
    planned = sorted(slots.values())
    if any(one.end + plan.gap_minutes > other.start for one, other in pairwise(planned)):
        return "two activities overlap"
    busy = [_slot(*times) for times in plan.busy]
    if any(_collide(one, other, plan.gap_minutes) for one in planned for other in busy):
        return "an activity overlaps a busy time"
    return None


def _activity_fault(plan: SchedulePlan, activity: Activity, slot: Slot) -> str | None:
    if slot.end - slot.start != activity.minutes:
        return "an activity is not as long as it lasts"
    starts = [_minutes(t) for t in (plan.day[0], activity.earliest) if t is not None]
    ends = [_minutes(t) for t in (plan.day[1], activity.latest) if t is not None]
    if slot.start < max(starts) or slot.end > min(ends):
        return "an activity is outside its window"
    return None


def _schedule_fault(plan: SchedulePlan, answer: str) -> str | None:
    written = read_mapping(answer)
    if written is None:
        return OTHER_FORM
    slots: dict[str, Slot] = {}
    for name, times in written.items():
        slot = _read_slot(times)
        if slot is None:
            return OTHER_FORM
        slots[name] = slot
    return check_schedule(plan, slots)


def _read_slot(text: str) -> Slot | None:
    interval = read_interval(text, read_clock)
    if interval is None:
        return None
    ends = [t.seconds for t in (interval.start, interval.end) if isinstance(t, Clock)]
    return None if any(end % 60 for end in ends) else Slot(ends[0] // 60, ends[1] // 60)


def _collide(one: Slot, other: Slot, gap: int) -> bool:
    return one.start < other.end + gap and other.start < one.end + gap


def _slot(start: str, end: str) -> Slot:
    return Slot(_minutes(start), _minutes(end))


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _written(slot: Slot) -> str:
    ends = (min(end, 1439) for end in slot)
    return "-".join(f"{end // 60:02}:{end % 60:02}" for end in ends)


def _paired(times: Mapping[str, JsonValue]) -> str:
    return ", ".join(f"{name}: {slot}" for name, slot in times.items())
