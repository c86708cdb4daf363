import pytest

from assay.domain.action import Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.rep_turn_copy import RepTurnCopy, RepTurnCopySettings

LONG = "The warranty covers parts and labour for two years from the date of purchase. " * 4


def actions(*turns: str, system: str | None = None) -> list[object]:
    roles = ("user", "assistant")
    messages = [Message(roles[i % 2], text) for i, text in enumerate(turns)]
    if system is not None:
        messages.insert(0, Message("system", system))
    return list(RepTurnCopy(RepTurnCopySettings()).check(View(Sample(tuple(messages)))))


@pytest.mark.parametrize(
    "prompt",
    [
        "Name three rivers in the north of Spain.", "Nenne drei Flüsse im Norden Spaniens.",
        "Nombra tres ríos del norte de España.", "Nomme trois rivières du nord de l'Espagne.",
        "スペイン北部の川を三つ挙げなさい。", "Diga três rios do norte da Espanha.",
        "اذكر ثلاثة أنهار في شمال إسبانيا", "Jmenuj tři řeky na severu Španělska.",
        "Nomina tre fiumi del nord della Spagna.", "스페인 북부의 강 세 개를 말하세요.",
        "Noem drie rivieren in het noorden van Spanje.", "说出西班牙北部的三条河流。",
    ],
)  # fmt: skip
def test_the_prompt_given_back_is_dropped(prompt: str) -> None:
    assert [type(action) for action in actions(prompt, prompt)] == [Drop]


def test_requested_and_short_copies_pass() -> None:
    assert not actions(
        "Repeat this sentence: the fox is red.", "Repeat this sentence: the fox is red."
    )
    assert not actions("Good morning!", "Good morning!")
    sentence = "She goes to school by bus every day."
    assert not actions(sentence, sentence, system="Correct the grammar of what the user sends.")
    assert actions(sentence, sentence, system="You are a helpful assistant.")


def test_a_response_that_follows_itself_is_dropped() -> None:
    (drop,) = actions("Is it covered?", LONG, "And the battery?", LONG)
    assert isinstance(drop, Drop)


def test_a_response_that_comes_back_later_is_flagged() -> None:
    (flag,) = actions("Is it covered?", LONG, "Thanks!", "You are welcome.", "The battery?", LONG)
    assert isinstance(flag, Flag) and flag.caps


def test_the_same_question_may_get_the_same_response() -> None:
    (flag,) = actions("Is it covered?", LONG, "Is it covered?", LONG)
    assert isinstance(flag, Flag) and not flag.caps


def test_short_formulas_may_recur() -> None:
    close = "Is there anything else that I can help you with today?"
    assert not actions("Book it", close, "Thanks a lot", close)
