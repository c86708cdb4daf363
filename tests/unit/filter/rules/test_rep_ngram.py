from assay.domain.action import Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.rep_ngram import RepNgram, RepNgramSettings

LOOP = "It is a name that is simple and yet profound, and people like it. "
PROSE = (
    "The harbour town lies between two hills, and its streets run down to the quay. In spring the "
    "boats are painted, nets are mended on the pier, and children carry bread to the fishermen. "
    "Later, when the ferries return, visitors fill the cafes, ask for maps, and climb the tower "
    "from which, on clear days, the islands can be seen far beyond the lighthouse and its rocks."
)


def actions(text: str, prompt: str = "Write about it.") -> list[object]:
    view = View(Sample((Message("user", prompt), Message("assistant", text))))
    return list(RepNgram(RepNgramSettings()).check(view))


def test_text_of_repeated_sequences_is_dropped() -> None:
    (drop,) = actions(LOOP * 9)
    assert isinstance(drop, Drop) and drop.value is not None and drop.value > 0.55


def test_half_repeated_text_is_flagged() -> None:
    (flag,) = actions(PROSE + " " + PROSE)
    assert isinstance(flag, Flag) and flag.caps


def test_prose_short_text_and_code_pass() -> None:
    assert not actions(PROSE)
    assert not actions(LOOP * 3)
    assert not actions("```python\n" + "print('a b c d e f g h')\n" * 40 + "```")


def test_lists_of_like_items_are_borne_longer() -> None:
    items = "".join(
        f"- Step {i}: turn the {word} by one full round, {word * 2}\n"
        for i, word in enumerate(
            ["valve", "wheel", "handle", "screw", "knob", "lever", "crank"] * 2
        )
    )
    assert not [action for action in actions(items) if isinstance(action, Drop)]


def test_requested_repetition_is_flagged_only() -> None:
    (flag,) = actions(LOOP * 9, "Repeat this sentence 9 times.")
    assert isinstance(flag, Flag)


def test_chinese_repetition_is_measured() -> None:
    assert isinstance(actions("今天天气很好我们去公园散步。" * 30)[0], Drop)
