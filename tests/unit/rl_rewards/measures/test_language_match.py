"""A clear other language scores 0; whatever cannot be told scores 1."""

import pytest

from assay.domain.sample import Message
from assay_rl_rewards.measures.language_match import LanguageMatch
from assay_rl_rewards.verifier import Task

ENGLISH = "The answer is that the sky is blue because air scatters the short waves of light more."
GERMAN = "Der Himmel ist blau, weil die Luft das kurzwellige Licht viel staerker streut als rotes."
JAPANESE = "空が青いのは、空気が短い波長の光をより強く散乱させるからです。"


def score(language: str | None, text: str) -> float:
    verifier = LanguageMatch()
    task = Task("general_chat", (Message("user", "Why?"),), language=language)
    return verifier.grade(verifier.read_task(task), text).score


def test_an_answer_in_another_language_closes_the_gate() -> None:
    assert score("de", ENGLISH) == 0.0
    assert score("ja", ENGLISH) == 0.0
    assert score("en", JAPANESE) == 0.0


def test_an_answer_in_the_language_asked_for_passes() -> None:
    assert (score("en", ENGLISH), score("de", GERMAN), score("ja", JAPANESE)) == (1.0, 1.0, 1.0)


def test_a_regional_form_is_the_language() -> None:
    assert score("en-GB", ENGLISH) == 1.0
    assert score("de_AT", ENGLISH) == 0.0


@pytest.mark.parametrize("text", ["", "42", "\\boxed{144}", "Paris", "OK."])
def test_doubt_acquits(text: str) -> None:
    assert score("de", text) == 1.0


@pytest.mark.parametrize("language", [None, "", "xx", "tlh"])
def test_a_language_that_is_not_known_asks_for_nothing(language: str | None) -> None:
    assert score(language, ENGLISH) == 1.0


def test_a_decoy_is_in_another_language() -> None:
    verifier = LanguageMatch()
    for language in ("en", "de", "ko"):
        task = verifier.read_task(Task("general_chat", (), language=language))
        for decoy in verifier.list_decoys(task):
            assert verifier.grade(task, decoy.text).score == 0.0
