"""Counting days without the calendar of the standard library: the second opinion on every date.

Makers reckon forward with `datetime`; the gold is what these functions say, and a task is handed
out only where the two agree. Source: the era-based algorithm for the proleptic Gregorian calendar,
in which a year begins in March and 400 years are 146,097 days.
"""

from typing import NamedTuple

_ERA_DAYS = 146_097


class CalendarDay(NamedTuple):
    """Year, month and day of the Gregorian calendar."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}-{self.day:02}"


def count_days(day: CalendarDay) -> int:
    """Days from 0000-03-01 to `day`."""
    year = day.year - (day.month <= 2)
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((day.month + 9) % 12) + 2) // 5 + day.day - 1
    leap_days = year_of_era // 4 - year_of_era // 100
    return era * _ERA_DAYS + year_of_era * 365 + leap_days + day_of_year


def find_day(number: int) -> CalendarDay:
    """The day `number` days after 0000-03-01: what `count_days` undoes."""
    era, day_of_era = divmod(number, _ERA_DAYS)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    return CalendarDay(year, month, day_of_year - (153 * shifted + 2) // 5 + 1)


def weekday_of(day: CalendarDay) -> int:
    """Day of the week, Monday is 0; 0000-03-01 was a Wednesday."""
    return (count_days(day) + 2) % 7
