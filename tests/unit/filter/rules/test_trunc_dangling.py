import pytest

from assay.domain.action import Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.trunc_dangling import TruncDangling, TruncDanglingSettings


def actions(*turns: str) -> list[object]:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[i % 2], text) for i, text in enumerate(turns))
    return list(TruncDangling(TruncDanglingSettings()).check(View(Sample(messages))))


CUT = "The committee met on Monday. It decided to postpone the vote until the"


def test_a_cut_last_response_is_dropped_with_its_end_quoted() -> None:
    (drop,) = actions("What happened?", CUT)
    assert isinstance(drop, Drop) and drop.place is not None
    assert CUT[drop.place.start :] == drop.place.quote
    assert drop.value is not None and drop.value >= 0.75


def test_a_cut_earlier_response_is_flagged() -> None:
    (flag,) = actions("What happened?", CUT, "And then?", "They voted on Friday.")
    assert isinstance(flag, Flag) and flag.caps


@pytest.mark.parametrize(
    "text",
    ["They voted on Friday.", "Paris", "- milk\n- bread", "```python\nx = (1 +\n", "See you! :-)"],
)
def test_whole_responses_and_open_fences_pass(text: str) -> None:
    assert not actions("What happened?", text)


def test_a_dialogue_without_final_marks_is_a_habit() -> None:
    chat = (
        "Hi",
        "Hello! Good to see you here today",
        "Book it",
        "It is booked now. It will be ready at noon",
    )
    assert not actions(*chat)
    assert actions("Hi", "Hello! Good to see you.", "Book it", "It is booked now. See you at noon")
