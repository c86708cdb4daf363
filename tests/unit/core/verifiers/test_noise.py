import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.noise import CLEAN, noise_share, replacement_share


@pytest.mark.parametrize(
    "text",
    [
        "A plain answer.",
        "Größe, été, niño, você, città, žluťoučký, één.",
        "今天天气很好。",
        "今日は晴れです。",
        "안녕하세요.",
        "مرحبا بالعالم.",
        "if a < b:\n    return a & b",
        "",
    ],
)
def test_clean_text_has_no_noise(text: str) -> None:
    assert noise_share(text) == CLEAN


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("red\x1b[31m alert", "control"),
        ("itâ€™s late", "mojibake"),
        ("<p>One.</p><p>Two.</p>", "html"),
        ("much    white    space", "whitespace"),
        ("lost \ufffd\ufffd text", "replacement"),
    ],
)
def test_each_kind_is_measured(text: str, kind: str) -> None:
    measure = noise_share(text)
    assert 0 < getattr(measure, kind) <= 1
    assert measure.total > 0


@pytest.mark.parametrize(
    "unit",
    ["<", "<p", "<p>", "&amp;", "`<p>", " <br/>&nbsp;", "a  \t b", " \n", "|a  \n", "\r", "\x1b[",
     "\u200d", "ا\u200c", "Ã©", "é…", "\x85", "\ufffd", "e\u0301", "\n", "(", "- "],
)  # fmt: skip
def test_hostile_text_is_measured_in_linear_time(unit: str) -> None:
    start = time.perf_counter()
    noise_share(unit * (200_000 // len(unit)))
    assert time.perf_counter() - start < 2


def test_more_noise_measures_more() -> None:
    assert noise_share("a\x00\x00\x00b").control > noise_share("a\x00bcdefgh").control
    assert replacement_share("\ufffdabc") == 0.25


@given(st.text(max_size=60))
def test_shares_are_shares(text: str) -> None:
    measure = noise_share(text)
    for share in (measure.control, measure.mojibake, measure.html, measure.whitespace):
        assert 0 <= share <= 1
    assert 0 <= measure.total <= 1
