from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.clocks import Clock, read_clock
from assay_rl_rewards.answers.dates import read_date
from assay_rl_rewards.answers.intervals import Interval, read_interval

MORNING = Interval(Clock(9 * 3600), Clock(10 * 3600))
WEEK = Interval(date(2024, 3, 5), date(2024, 3, 9))


@pytest.mark.parametrize(
    "text",
    [
        "09:00-10:00", "9:00 AM to 10:00 AM", "from 9:00 to 10:00", "9:00–10:00", "9:00 bis 10:00",
        "9時から10時まで", "9시부터 10시까지", "de 9:00 a 10:00", "9:00 - 10:00", "9点到10点",
    ],
)  # fmt: skip
def test_intervals_of_times(text: str) -> None:
    assert read_interval(text, read_clock) == MORNING


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 to 2024-03-09", "2024-03-05/2024-03-09", "2024-03-05 - 2024-03-09",
        "5 March 2024 – 9 March 2024", "2024年3月5日から2024年3月9日まで",
        "dal 5 marzo 2024 al 9 marzo 2024", "2024/03/05 - 2024/03/09",
    ],
)  # fmt: skip
def test_intervals_of_dates(text: str) -> None:
    assert read_interval(text, read_date) == WEEK


@pytest.mark.parametrize(
    "text", ["", "9:00", "9:00-10:00-11:00", "9:00 to", "to", "-", "9:00 and 10:00", "-" * 500]
)
def test_what_is_no_one_interval(text: str) -> None:
    assert read_interval(text, read_clock) is None


@given(st.text(alphabet="0123456789:-/ to", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_interval(text, read_clock)
