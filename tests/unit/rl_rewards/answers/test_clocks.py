from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.clocks import Clock, Moment, read_clock, read_moment

HALF_PAST_TWO = Clock(14 * 3600 + 30 * 60)


@pytest.mark.parametrize(
    "text",
    [
        "14:30", "14:30:00", "2:30 pm", "2:30 p.m.", "02:30PM", "14 Uhr 30", "14:30 Uhr", "14h30",
        "下午2点30分", "午後2時30分", "오후 2시 30분", "٢:٣٠ م", "2:30 مساءً", "`14:30`",
    ],
)  # fmt: skip
def test_one_time_of_day_in_its_forms(text: str) -> None:
    assert read_clock(text) == HALF_PAST_TWO


@pytest.mark.parametrize(
    "text",
    [
        "15", "15 pm", "0:30 am", "24:00", "14:60", "2:3", "", "14:30 or 15:30", "noon", "am",
        "am 2:30 pm", "14:30:00:00", "-14:30", "1430", "14.30", "2:30 pm tomorrow", "9" * 300,
    ],
)  # fmt: skip
def test_what_is_no_one_time_of_day(text: str) -> None:
    assert read_clock(text) is None


def test_twelve_is_the_first_hour_of_its_half() -> None:
    assert read_clock("12 am") == Clock(0)
    assert read_clock("12:30 PM") == Clock(12 * 3600 + 1800)
    assert read_clock("3 pm") == Clock(15 * 3600)


@given(st.integers(0, 86_399))
def test_every_second_of_a_day_is_read(seconds: int) -> None:
    hours, minutes = divmod(seconds // 60, 60)
    assert read_clock(f"{hours:02}:{minutes:02}:{seconds % 60:02}") == Clock(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 14:30", "2024-03-05T14:30", "March 5, 2024, 2:30 pm", "14:30, 5 March 2024",
        "March 5, 2024 at 2:30 PM", "2024年3月5日 14:30",
    ],
)  # fmt: skip
def test_moments(text: str) -> None:
    assert read_moment(text) == Moment(date(2024, 3, 5), HALF_PAST_TWO)


@pytest.mark.parametrize(
    "text", ["", "2024-03-05", "14:30", "14:30 15:30", "2024-03-05 14", "t" * 99]
)
def test_what_is_no_moment(text: str) -> None:
    assert read_moment(text) is None


@given(st.text(max_size=150))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_clock(text)
    read_moment(text)
