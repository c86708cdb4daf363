import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.repetition import duplicate_share, longest_run, repeats, tail_loop


def test_a_loop_is_found_with_its_unit_and_count() -> None:
    loop = tail_loop("It began well. " + "The road goes on. " * 9)
    assert loop is not None
    assert loop.unit.strip() == "The road goes on."
    assert loop.num_repeats in (8, 9)


@pytest.mark.parametrize("unit", ["2. Kenya\n", '" ', "你好吗？", "la ", "ab"])
def test_loops_of_any_unit_are_found(unit: str) -> None:
    loop = tail_loop("Some words before it. " + unit * 30)
    assert loop is not None and loop.num_repeats >= 25


@pytest.mark.parametrize(
    "text",
    ["", "abc", "A short answer.", "Title\n" + "-" * 80, "| a | b |\n|---|---|", "x" + " " * 60],
)
def test_plain_text_and_rules_are_no_loops(text: str) -> None:
    assert tail_loop(text) is None


@given(st.text(min_size=1, max_size=30), st.integers(min_value=3, max_value=20))
def test_a_reported_loop_really_stands_there(unit: str, num: int) -> None:
    text = ("Start. " + unit * num).rstrip()
    loop = tail_loop(text)
    if loop is not None:
        assert text.endswith(loop.unit * loop.num_repeats)


def test_a_run_of_one_character_is_found_at_its_place() -> None:
    run = longest_run("ab" + "z" * 60 + "c", at_least=50)
    assert run is not None and (run.unit, run.num_repeats, run.start) == ("z", 60, 2)


@pytest.mark.parametrize("text", ["z" * 49, "-" * 500, "a\n\n\n" * 40, "ab" * 100, "." * 90])
def test_short_runs_and_rules_are_none(text: str) -> None:
    assert longest_run(text, at_least=50) is None


@given(st.integers(min_value=50, max_value=200), st.text(alphabet="bc", max_size=80))
def test_every_run_of_the_bound_is_found(num: int, before: str) -> None:
    run = longest_run(before + "a" * num + "d", at_least=50)
    assert run is not None and run.num_repeats == num


def test_repeated_sentences_are_counted_in_a_row_and_in_all() -> None:
    text = (
        "Now we start here. "
        + "We will never give up. " * 6
        + "Then it ended. We will never give up."
    )
    repeat = repeats(text, min_chars=10)
    assert repeat is not None and (repeat.num_consecutive, repeat.num_total) == (6, 6)


def test_varied_text_has_no_repeat() -> None:
    assert repeats("One thing here. Another thing there. A third thing.", min_chars=5) is None


def test_chinese_sentences_are_counted() -> None:
    repeat = repeats("我们去公园散步看花。" * 6, min_chars=5)
    assert repeat is not None and repeat.num_consecutive == 6


def test_duplicate_share_grows_with_repetition() -> None:
    sentence = "the big red fox runs over the green hill today "
    once = "".join(f"{sentence} and {chr(97 + i) * 9} " * (1 + i % 2) for i in range(4))
    assert duplicate_share(sentence * 10, size=5) > 0.8
    assert 0.3 < duplicate_share(once, size=5) < duplicate_share(sentence * 10, size=5)
    assert duplicate_share("all words here differ from each other in this text", size=5) == 0.0


def test_duplicate_share_reads_chinese_by_characters() -> None:
    assert duplicate_share("今天天气很好我们去公园散步" * 12, size=5) > 0.8


@given(st.text(max_size=400))
def test_duplicate_share_is_a_share(text: str) -> None:
    assert 0.0 <= duplicate_share(text, size=3) <= 1.0


@pytest.mark.parametrize("unit", ["x", "a. ", "- a\n", "中。", "1 "])
def test_hostile_text_is_linear(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    start = time.process_time()
    tail_loop(text), repeats(text, min_chars=1), longest_run(text, at_least=50)
    assert time.process_time() - start < 1.0
