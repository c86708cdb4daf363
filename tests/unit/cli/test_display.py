"""Progress: plain lines for logs, a live display for terminals."""

import io

import pytest
from rich.console import Console

from assay_cli.display import LiveDisplay, PlainDisplay, describe_outcomes, open_display


def test_plain_display_says_stage_rate_and_time_left() -> None:
    stream = io.StringIO()
    display = open_display(Console(file=stream, width=200))
    assert isinstance(display, PlainDisplay)
    with display:
        display.start_stage("rules", 100, "bytes")
        display.advance(50, 10, 100)  # too soon after the start to be printed
        display.advance(100, 20, 100)
        display.note("a word")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "rules: started (100 bytes)"
    assert lines[1] == "a word"
    assert lines[2].startswith("rules: done, 20 samples, ")
    assert len(lines) == 3


def test_plain_display_tells_the_time_left_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 10.0, 20.0, 20.0])
    monkeypatch.setattr("assay_cli.display.time.monotonic", lambda: next(times))
    stream = io.StringIO()
    with PlainDisplay(Console(file=stream, width=200)) as display:
        display.start_stage("rules", 100, "bytes")
        display.advance(25, 50, 100)
    assert "rules: 25%, 50 samples, 5/s, 10.0 s elapsed, 30 s left" in stream.getvalue()


def test_live_display_shows_stage_and_outcomes() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=200)
    display = open_display(console)
    assert isinstance(display, LiveDisplay)
    with display:
        display.start_stage("decide", 10, "chunks")
        display.advance(10, 1234, 10)
        display.count({"accepted": 1000, "rejected": 234})
    shown = stream.getvalue()
    assert "decide" in shown
    assert "1,234 samples" in shown
    assert "accepted 1,000" in shown


def test_outcomes_are_one_line() -> None:
    assert describe_outcomes({"accepted": 1200, "error": 0}) == "accepted 1,200  error 0"
