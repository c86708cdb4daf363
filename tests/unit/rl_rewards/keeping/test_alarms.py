from collections.abc import Sequence

import pytest
from tests.unit.rl_rewards.keeping.kept_rewards import make_kept

from assay_rl_rewards.keeping.alarms import Alarm, AlarmKind, find_alarms
from assay_rl_rewards.keeping.record import KeptReward

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def text_of(num_words: int, start: int = 0) -> str:
    """Words that do not repeat as a run of five."""
    return " ".join(f"{WORDS[n % 10]}{start + n}" for n in range(num_words))


def kinds(alarms: Sequence[Alarm]) -> list[AlarmKind]:
    return [alarm.kind for alarm in alarms]


def plain(num: int, *, reward: float | None = None, num_words: int = 20) -> list[KeptReward]:
    """Rewards that alternate, lengths that have nothing to do with them."""
    return [
        make_kept(
            float(n % 2) if reward is None else reward,
            response=text_of(num_words + (n // 2) % 7, n),
        )
        for n in range(num)
    ]


def test_ordinary_rollouts_raise_no_alarm() -> None:
    assert find_alarms(plain(3000)) == []
    assert find_alarms([]) == []


def test_share_of_rollouts_without_reward_is_told() -> None:
    records = [*plain(97), *(make_kept(None) for _ in range(3))]
    (alarm,) = find_alarms(records)
    assert alarm.kind is AlarmKind.NULLS
    assert alarm.found == pytest.approx(0.03)
    assert find_alarms([*plain(99), make_kept(None)]) == []


def test_reward_that_follows_length_is_told() -> None:
    records = [make_kept(n / 100, response=text_of(n + 1)) for n in range(100)]
    assert kinds(find_alarms(records)) == [AlarmKind.LENGTH_CORRELATION]
    shorter = [make_kept(1 - n / 100, response=text_of(n + 1)) for n in range(100)]
    assert find_alarms(shorter) == []


def test_tokens_stand_for_length_where_they_are_known() -> None:
    records = [make_kept(n / 100, response=text_of(5, n), num_tokens=n) for n in range(100)]
    assert kinds(find_alarms(records)) == [AlarmKind.LENGTH_CORRELATION]


def test_reward_that_rises_with_length_is_told_but_neither_alone() -> None:
    def run(reward: float, num_words: int) -> list[AlarmKind]:
        start, end = plain(100), plain(100, num_words=num_words)
        end = [make_kept(reward, response=kept.rollout.response) for kept in end]
        return kinds(find_alarms([*start, *end], rows_per_window=100))

    assert run(0.65, 40) == [AlarmKind.LONGER_AND_BETTER]
    assert run(0.65, 20) == []
    assert run(0.5, 40) == []


def test_reward_that_rises_with_repetition_is_told() -> None:
    loop = "the answer is the one I gave before and " * 3
    end = [make_kept(0.9, response=loop[:110]) for _ in range(100)]
    found = kinds(find_alarms([*plain(100, num_words=19), *end], rows_per_window=100))
    assert AlarmKind.REPETITIVE_AND_BETTER in found


def test_letters_that_earn_differently_are_told() -> None:
    def run(a: float, b: float) -> list[AlarmKind]:
        records = [
            make_kept(a if n % 2 else b, extracted="AB"[n % 2], response=text_of(9 + n % 3, n))
            for n in range(200)
        ]
        return [kind for kind in kinds(find_alarms(records)) if kind is AlarmKind.LETTER_BIAS]

    assert run(1.0, 0.5) == [AlarmKind.LETTER_BIAS]
    assert run(0.6, 0.5) == []


def test_letter_with_few_rollouts_is_not_judged() -> None:
    records = [make_kept(0.5, extracted="A") for _ in range(100)]
    records += [make_kept(1.0, extracted="B") for _ in range(29)]
    assert AlarmKind.LETTER_BIAS not in kinds(find_alarms(records))


def test_one_answer_to_everything_is_told() -> None:
    records = [
        make_kept(float(n % 2), extracted="42" if n % 3 else str(n), response=text_of(5 + n % 4, n))
        for n in range(90)
    ]
    assert kinds(find_alarms(records)) == [AlarmKind.ONE_ANSWER]


def test_domains_are_told_apart() -> None:
    bad = [make_kept(n / 100, response=text_of(n + 1), domain="science") for n in range(100)]
    (alarm,) = find_alarms([*plain(100), *bad])
    assert alarm.domain == "science"


def test_mean_that_jumps_between_windows_is_told() -> None:
    records = [*plain(200), *plain(100, reward=1.0)]
    assert AlarmKind.JUMP in kinds(find_alarms(records, rows_per_window=100))
    assert find_alarms(plain(300), rows_per_window=100) == []
