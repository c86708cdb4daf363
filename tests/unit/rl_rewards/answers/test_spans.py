import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.spans import Span, read_span

HOUR = 3600
DAY = 24 * HOUR


@pytest.mark.parametrize(
    "text",
    [
        "2 hours 30 minutes", "2 hours and 30 minutes", "2h30m", "2h 30min", "PT2H30M", "2.5 hours",
        "2,5 Stunden", "150 min", "2 Stunden und 30 Minuten", "2 horas y 30 minutos",
        "2 heures et 30 minutes", "2時間30分", "2小时30分钟", "2시간 30분", "ساعتان و30 دقيقة",
        "٢ ساعة و٣٠ دقيقة", "2 hodiny a 30 minut", "2 ore e 30 minuti", "2 uur en 30 minuten",
        "2 horas e 30 minutos", "9,000 seconds",
    ],
)  # fmt: skip
def test_one_duration_in_twelve_languages(text: str) -> None:
    assert read_span(text) == Span(0, 2 * HOUR + 1800)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1 year, 2 months and 3 days", Span(14, 3 * DAY)),
        ("P1Y2M3D", Span(14, 3 * DAY)),
        ("1y2m", Span(14, 0)),
        ("1.5 years", Span(18, 0)),
        ("1 week", Span(0, 7 * DAY)),
        ("1週間と2日", Span(0, 9 * DAY)),
        ("3 týdny", Span(0, 21 * DAY)),
        ("0 days", Span(0, 0)),
        ("1,000 days", Span(0, 1000 * DAY)),
    ],
)
def test_durations_keep_months_and_seconds_apart(text: str, span: Span) -> None:
    assert read_span(text) == span


def test_a_month_is_no_number_of_days() -> None:
    assert read_span("1 month") != read_span("30 days")
    assert read_span("1 year") != read_span("365 days")
    assert read_span("1 week") == read_span("7 days")


@pytest.mark.parametrize(
    "text",
    [
        "5 m", "45", "1.500 days", "2 days 2 days", "two days", "-3 days", "2 hours or 3 hours", "",
        "2:30", "P", "PT", "PT5X", "P1D1Y", "P1M1M", "days 3", "0.5 months", "3 days ago", "and",
        "1" * 30 + " days", "0.0000001 days", "about 3 days", "5 5 days",
    ],
)  # fmt: skip
def test_what_would_need_a_guess_is_refused(text: str) -> None:
    assert read_span(text) is None


def test_a_bare_number_counts_only_the_declared_unit() -> None:
    assert read_span("45", "day") == Span(0, 45 * DAY)
    assert read_span("٤٥", "day") == Span(0, 45 * DAY)
    assert read_span("45 hours", "day") == Span(0, 45 * HOUR)
    assert read_span("1 day 45", "hour") is None


@given(st.integers(0, 99), st.integers(0, 11), st.integers(0, 6), st.integers(0, 23))
def test_iso_durations_and_words_agree(years: int, months: int, days: int, hours: int) -> None:
    words = f"{years} years, {months} months, {days} days and {hours} hours"
    assert read_span(words) == read_span(f"P{years}Y{months}M{days}DT{hours}H")


@given(st.text(max_size=150))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_span(text, "day")
