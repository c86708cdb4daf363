import pytest

from assay_rl_rewards.answers.stated_facts import find_unknown_figures

CARD = ["8B parameters", "context of 131072 tokens", "released 2025-10-02", "12 languages"]


@pytest.mark.parametrize(
    "text",
    [
        "I have 70 billion parameters.", "I have 3B parameters.", "I was released in 2023.",
        "Ich habe 7 Milliarden Parameter.", "Tengo 70 mil millones de parámetros.",
        "私は700億パラメータのモデルです。", "我有70亿个参数。", "매개변수는 70억 개입니다.",
        "لدي ٧٠ مليار معامل", "I have seventy billion parameters.", "Mám 7 miliard parametrů.",
        "I read 32k tokens.", "J'ai 7 milliards de paramètres.",
    ],
)  # fmt: skip
def test_figures_that_no_card_gives(text: str) -> None:
    assert find_unknown_figures(text, CARD)


@pytest.mark.parametrize(
    "text",
    [
        "I have 8 billion parameters.", "I have 8B parameters.", "I read 131,072 tokens.",
        "I am here 24/7, 100% of the time.", "1. I write.\n2. I read.", "I know 12 languages.",
        "I was released on 2025-10-02.", "٨ مليار معامل", "I can do 3 things.", "",
        "My goal is to help a billion people.",
    ],
)  # fmt: skip
def test_figures_of_the_card_and_small_counts(text: str) -> None:
    assert not find_unknown_figures(text, CARD)


def test_a_dated_knowledge_is_a_claim_unless_the_card_dates_it() -> None:
    text = "My knowledge cutoff is June 2024."
    assert find_unknown_figures(text, CARD)
    assert not find_unknown_figures(text, ["My knowledge cutoff is June 2024."])
