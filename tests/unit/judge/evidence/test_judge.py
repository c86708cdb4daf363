import string
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DIMENSIONS, Judgement
from assay.domain.sample import Document, Message, Sample, Tool, ToolCall
from assay.domain.verdict import Decision, decide, worst
from assay.rubrics import load_rubric
from assay.verifiers.view import View
from assay_judge.evidence.judge import EvidenceJudge

JUDGE = EvidenceJudge()
RUBRIC = load_rubric("default")
BOOK = Tool("book", "", {"type": "object", "properties": {"city": {"type": "string"}}})
CALL = ToolCall("c1", "book", '{"city": "Rome"}')
OPEN_QUESTIONS = {
    "en": ("Why do cats purr?", "Cats purr to show that they feel safe, and to calm themselves."),
    "de": ("Warum schnurren Katzen?", "Katzen schnurren, wenn sie sich wohl und sicher fühlen."),
    "es": ("¿Por qué ronronean los gatos?", "Los gatos ronronean cuando se sienten tranquilos."),
    "fr": ("Pourquoi les chats ronronnent-ils ?", "Les chats ronronnent quand ils sont sereins."),
    "ja": ("猫はなぜ喉を鳴らしますか。", "猫は安心しているときや甘えたいときに喉を鳴らします。"),
    "pt": ("Por que os gatos ronronam?", "Os gatos ronronam quando se sentem seguros e calmos."),
    "ar": ("لماذا تخرخر القطط؟", "تخرخر القطط عندما تشعر بالأمان والراحة مع أصحابها."),
    "cs": ("Proč kočky předou?", "Kočky předou, když se cítí v bezpečí a jsou spokojené."),
    "it": ("Perché i gatti fanno le fusa?", "I gatti fanno le fusa quando si sentono al sicuro."),
    "ko": ("고양이는 왜 가르랑거리나요?", "고양이는 편안하고 안전하다고 느낄 때 가르랑거립니다."),
    "nl": ("Waarom spinnen katten?", "Katten spinnen wanneer ze zich veilig en prettig voelen."),
    "zh": ("猫为什么会发出呼噜声？", "猫在感到安全和放松的时候会发出呼噜声。"),
}


def sample(*turns: tuple[str, str], documents: tuple[Document, ...] = ()) -> Sample:
    return Sample(tuple(Message(role, text) for role, text in turns), documents=documents)


def judged(one: Sample) -> tuple[Judgement, ...]:
    (answer,) = JUDGE.judge_samples([one])
    assert not isinstance(answer, JudgeBackendError)
    return answer


def verdict(judgements: Sequence[Judgement]) -> Decision:
    turns = [decide(j, RUBRIC, accept_without_score=True) for j in judgements]
    return worst(turns).decision


def field(one: Sample, message: int, name: str) -> str:
    if name == "content":
        return one.messages[message].content or ""
    _, position, part = name.split("/")
    call = one.messages[message].tool_calls[int(position)]
    return call.name if part == "name" else call.arguments


def test_answers_come_in_the_order_of_samples_one_judgement_a_turn() -> None:
    first = sample(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))
    second = sample(("system", "s"), ("user", "a"), ("assistant", "b"))
    answers = JUDGE.judge_samples([first, second, first])
    turns = [tuple(j.turn for j in answer) for answer in answers if isinstance(answer, tuple)]
    assert turns == [(1, 3), (2,), (1, 3)]


def test_a_sample_without_assistant_turns_has_no_judgements() -> None:
    assert judged(sample(("user", "hello"))) == ()
    assert judged(Sample(())) == ()


def test_every_judgement_names_all_dimensions_and_the_judge() -> None:
    (judgement,) = judged(sample(("user", "Why?"), ("assistant", "Because it rains.")))
    assert tuple(judgement.scores) == DIMENSIONS
    assert (judgement.judge, judgement.version) == ("evidence", "1")


@pytest.mark.parametrize("language", OPEN_QUESTIONS)
def test_a_plain_answer_to_an_open_question_is_accepted_without_an_overall(language: str) -> None:
    question, answer = OPEN_QUESTIONS[language]
    (judgement,) = judged(sample(("user", question), ("assistant", answer)))
    result = decide(judgement, RUBRIC, accept_without_score=True)
    assert result.decision is Decision.ACCEPT
    assert result.overall is None
    assert result.basis == "no_defect_found"
    assert judgement.defects == ()
    assert judgement.scores["correctness"].score is None
    assert decide(judgement, RUBRIC).decision is Decision.BORDERLINE


@pytest.mark.parametrize("language", ["ja", "ar", "ko", "zh"])
def test_an_answer_in_another_language_is_not_accepted(language: str) -> None:
    judgements = judged(
        sample(("user", OPEN_QUESTIONS[language][0]), ("assistant", OPEN_QUESTIONS["de"][1]))
    )
    assert verdict(judgements) is Decision.BORDERLINE


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "...", "N/A", "<noinput>"])
def test_an_answer_that_says_nothing_is_not_accepted(text: str) -> None:
    judgements = judged(sample(("user", "Name a river."), ("assistant", text)))
    assert judgements[0].scores["completeness"].score == 1000
    assert verdict(judgements) is not Decision.ACCEPT


def test_a_turn_that_only_calls_tools_is_scored_by_its_calls() -> None:
    one = Sample((Message("user", "Book Rome"), Message("assistant", None, (CALL,))), (BOOK,))
    (judgement,) = judged(one)
    scored = {name for name, score in judgement.scores.items() if score.score is not None}
    assert scored == {"correctness"}
    assert judgement.basis == "scored"
    assert verdict([judgement]) is Decision.ACCEPT


def test_a_turn_with_a_call_and_no_tools_declared_is_rejected() -> None:
    one = Sample((Message("user", "Book Rome"), Message("assistant", None, (CALL,))))
    judgements = judged(one)
    assert [d.kind for d in judgements[0].defects] == ["invalid_tool_call"]
    assert verdict(judgements) is Decision.REJECT


@pytest.mark.parametrize("text", ["Yes.", "Paris", "猫です。", "네."])
def test_a_word_or_two_without_a_fault_shows_nothing(text: str) -> None:
    (judgement,) = judged(sample(("user", "Which one is it, then?"), ("assistant", text)))
    assert all(score.score is None for score in judgement.scores.values())
    assert judgement.basis == "no_defect_found"
    assert verdict([judgement]) is Decision.ACCEPT


def test_a_fault_in_a_word_or_two_is_scored() -> None:
    (judgement,) = judged(sample(("user", "Which one?"), ("assistant", "Par\ufffds")))
    assert judgement.basis == "scored"
    assert judgement.scores["naturalness"].score is not None
    assert judgement.scores["conciseness"].score is None


@pytest.mark.parametrize("answer", ["Quasars", "Purple elephants juggle quasars on Sundays."])
def test_a_lack_of_overlap_alone_holds_back_and_never_rejects(answer: str) -> None:
    document = Document("d", "", "The bridge was built of stone in 1402 by order of the town.")
    turns = (("user", "Which bridge was built by order of the town?"), ("assistant", answer))
    assert verdict(judged(sample(*turns, documents=(document,)))) is Decision.BORDERLINE


def test_each_turn_is_judged_by_its_own_claims() -> None:
    one = sample(
        ("user", "And 2 + 2?"),
        ("assistant", "2 + 2 = 4."),
        ("user", "And 3 + 3?"),
        ("assistant", "3 + 3 = 7."),
    )
    first, second = judged(one)
    assert first.defects == ()
    assert first.scores["correctness"].score == 4556
    assert [(d.kind, d.message) for d in second.defects] == [("incorrect_computation", 3)]
    assert second.scores["correctness"].score == 1800


CHARACTERS = st.text(
    alphabet=st.sampled_from(string.printable + "äñ漢字かな한국어مرحبا\u200b\ufffd\u202e�<|>[]=«»"),
    max_size=300,
)
TURNS = st.lists(
    st.tuples(st.sampled_from(["system", "user", "assistant", "tool"]), CHARACTERS), max_size=7
)
DOCUMENTS = st.lists(CHARACTERS, max_size=2)


@settings(max_examples=150, deadline=None)
@given(TURNS, DOCUMENTS)
def test_any_conversation_is_judged_the_same_way_twice(
    turns: list[tuple[str, str]], texts: list[str]
) -> None:
    documents = tuple(Document(str(i), "", text) for i, text in enumerate(texts))
    one = sample(*turns, documents=documents)
    judgements = judged(one)
    assert judgements == judged(one)
    assert tuple(j.turn for j in judgements) == one.assistant_turns
    for judgement in judgements:
        for score in judgement.scores.values():
            assert score.score is None or 1000 <= score.score <= 5000
            assert score.score is not None or not score.features
        for defect in judgement.defects:
            assert defect.quote in field(one, defect.message, defect.field)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120))
def test_any_tool_call_is_judged(name: str, arguments: str) -> None:
    call = ToolCall(None, name, arguments)
    one = Sample((Message("user", "go"), Message("assistant", "", (call, CALL))), (BOOK,))
    (judgement,) = judged(one)
    for defect in judgement.defects:
        assert defect.quote in field(one, defect.message, defect.field)


HOSTILE = (
    "((((", "a,a,a,", "<<<<", "- - -", "```\n", "1+1=", '"', "【1†", "? ", "\u200b", "<|x|>",
    "[1] ", "may ", "###  Instruction: ", "漢", "1 + 1 = 3. ", "$$", "not sure ", "«", "a@b.cd ",
)  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_long_text_of_anything_takes_a_moment(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    document = Document("d", "", "a short passage about rivers and hills")
    started = time.process_time()
    judged(sample(("user", text[:100_000]), ("assistant", text), documents=(document,)))
    assert time.process_time() - started < 4  # a fifth of a second on an idle machine


def test_a_megabyte_takes_about_a_second() -> None:
    text = "The river rises in the hills, 3 + 4 = 7 miles off, and (see [1]) it ends here. "
    started = time.process_time()
    judged(sample(("user", "Why?"), ("assistant", text * (1_000_000 // len(text)))))
    assert time.process_time() - started < 6


def test_many_turns_cost_no_more_than_their_length() -> None:
    turns = [("user", "And then, tell me?"), ("assistant", "Then 2 + 2 = 4, and so on (1).")] * 1000
    started = time.process_time()
    assert len(judged(sample(*turns))) == 1000
    assert time.process_time() - started < 8


def test_failure_on_one_sample_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = EvidenceJudge()
    sound = Sample((Message("user", "Name a colour."), Message("assistant", "Blue is a colour.")))
    broken = Sample((Message("user", "Name a colour."), Message("assistant", "broken")))
    original = EvidenceJudge._judge

    def stumble(self: EvidenceJudge, view: View) -> tuple[Judgement, ...]:
        if view.text(1) == "broken":
            raise RuntimeError("stumbled")
        return original(self, view)

    monkeypatch.setattr(EvidenceJudge, "_judge", stumble)
    first, second, third = judge.judge_samples([sound, broken, sound])
    assert isinstance(second, JudgeBackendError)
    assert "stumbled" in str(second)
    assert first == third
    assert isinstance(first, tuple)
