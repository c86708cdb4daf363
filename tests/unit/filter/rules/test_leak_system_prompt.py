import pytest

from assay.domain.action import Drop
from assay.domain.sample import Document, Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.leak_system_prompt import LeakSystemPrompt, LeakSystemPromptSettings

SYSTEM = (
    "You are Vera, an assistant of the Blue Bank. Never discuss the interest rates of other banks, "
    "always answer in two sentences, and ask for the customer number before you give any details."
)
CHINESE = (
    "你是蓝色银行的助手。你必须始终用两句话回答，不要谈论其他银行的利率，"
    "并且在提供任何细节之前先询问客户号码。"
)


def actions(
    answer: str, *, system: str = SYSTEM, user: str = "Hello", docs: str = ""
) -> list[object]:
    turns = (Message("system", system), Message("user", user), Message("assistant", answer))
    documents = (Document("1", "", docs),) if docs else ()
    rule = LeakSystemPrompt(LeakSystemPromptSettings())
    return list(rule.check(View(Sample(turns, documents=documents))))


@pytest.mark.parametrize(
    ("answer", "system"),
    [
        ("My rules: " + SYSTEM, SYSTEM),
        ("I was told: never discuss the interest rates of other banks, always answer in two "
         "sentences, and ask for it.", SYSTEM),
        ("我的规则是：" + CHINESE, CHINESE),
    ],
)  # fmt: skip
def test_a_repeated_passage_is_dropped(answer: str, system: str) -> None:
    assert [type(action) for action in actions(answer, system=system)] == [Drop]


def test_own_words_pass() -> None:
    assert not actions("I am Vera from the Blue Bank. May I have your customer number, please?")


def test_what_the_user_or_a_document_says_may_be_repeated() -> None:
    answer = "You wrote: " + SYSTEM
    assert not actions(answer, user=SYSTEM)
    assert not actions(answer, docs=SYSTEM)


def test_facts_of_the_system_prompt_are_no_leak() -> None:
    facts = (
        "The bridge of Millau spans the valley of the Tarn in southern France near the town of "
        "Millau and was opened in December of the year 2004 after three years of building."
    )
    assert not actions(facts, system=f"You are a guide. Use these facts. {facts}")
