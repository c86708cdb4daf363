from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.dates import MonthOfYear, Weekday, read_date, read_month, read_weekday

FIFTH_OF_MARCH = date(2024, 3, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05", "2024/3/5", "2024.03.05", "March 5, 2024", "5 March 2024", "Mar. 5, 2024",
        "the 5th of March, 2024", "Tuesday, March 5, 2024", "**March 5, 2024**",
        "5. März 2024", "Dienstag, 5. März 2024", "5 de marzo de 2024", "mardi 5 mars 2024",
        "2024年3月5日", "2024 年 3 月 5 日", "5 de março de 2024",
        "terça-feira, 5 de março de 2024",
        "٥ مارس ٢٠٢٤", "5 آذار 2024", "5. března 2024", "5 marzo 2024", "2024년 3월 5일",
        "2024. 3. 5.", "5 maart 2024", "５ Mar ２０２４",
    ],
)  # fmt: skip
def test_one_day_in_twelve_languages(text: str) -> None:
    assert read_date(text) == FIFTH_OF_MARCH


@pytest.mark.parametrize(
    "text",
    [
        "a", "3", "sat", "05/06/07", "5 March", "March 2024", "today", "", "2024", "2024-13-01",
        "February 30, 2024", "29 February 1900", "5 March 24", "5 March 2024 or 6 March 2024",
        "not 5 March 2024", "2024-03-05 2024-03-05", "20240305", "2024-03/05", "May May 2024",
        "2024-3-5-1", "0000-01-01", "5 March 2024" + " " * 200,
    ],
)  # fmt: skip
def test_nothing_is_completed_or_guessed(text: str) -> None:
    assert read_date(text) is None


def test_a_weekday_beside_a_date_must_be_its_own() -> None:
    assert read_date("Monday, March 5, 2024") is None
    assert read_date("Tuesday, March 5, 2024") == FIFTH_OF_MARCH


def test_an_ambiguous_numeric_date_needs_a_declared_order() -> None:
    assert read_date("05/03/2024") is None
    assert read_date("05/03/2024", "dmy") == FIFTH_OF_MARCH
    assert read_date("03/05/2024", "mdy") == FIFTH_OF_MARCH
    assert read_date("25/12/2024") == date(2024, 12, 25)
    assert read_date("25/12/2024", "mdy") is None
    assert read_date("05.05.2024") == date(2024, 5, 5)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_iso_date_is_read(day: date) -> None:
    assert read_date(day.isoformat()) == day
    assert read_date(f"{day.day} {day:%B} {day.year}") == day


@pytest.mark.parametrize(
    "text",
    ["Mar, 2024", "March 2024", "2024-03", "2024年3月", "2024년 3월", "marzo de 2024", "مارس 2024"],
)
def test_months_of_a_year(text: str) -> None:
    assert read_month(text) == MonthOfYear(2024, 3)


@pytest.mark.parametrize(
    "text", ["2024", "March", "3 2024", "2024-13", "March 5 2024", "2024-00", ""]
)
def test_what_is_no_month_of_a_year(text: str) -> None:
    assert read_month(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Monday", "mon.", "Montag", "lunes", "lundi", "segunda-feira", "pondělí", "lunedì",
        "maandag", "月曜日", "星期一", "월요일", "الاثنين", "الإثنين", "يوم الاثنين", "LUNEDÍ",
    ],
)  # fmt: skip
def test_one_weekday_in_twelve_languages(text: str) -> None:
    assert read_weekday(text) == Weekday(0)


@pytest.mark.parametrize("text", ["so", "Monday or Tuesday", "day", "", "1", "not Monday"])
def test_what_is_no_one_weekday(text: str) -> None:
    assert read_weekday(text) is None


@given(st.text(max_size=150))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_date(text)
    read_month(text)
    read_weekday(text)
