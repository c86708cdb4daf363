"""The reward model as a scorer: parts, the language's factor, errors that stay errors."""

import asyncio
from collections.abc import Sequence

import pytest

from assay.domain.errors import ConfigError, RewardModelError
from assay.domain.reward import RewardStatus
from assay.domain.sample import Message
from assay_rl_rewards.reward_model.port import Conversation, Logit
from assay_rl_rewards.reward_model.scale import Constants, Scale
from assay_rl_rewards.reward_model.scorer import RewardModelScorer
from assay_rl_rewards.scorer import Answer, Scored, status_of
from assay_rl_rewards.verifier import Grade, Task

SCALE = Scale(model="rm", version="1", overall=Constants(mean=0.0, std=2.0, count=1000))
ENGLISH = "The river runs through the town and then it goes on to the sea, as we all know."
GERMAN = "Der Fluss fließt durch die Stadt und dann weiter bis zum Meer, wie wir alle wissen."
JAPANESE = "川は町を通って海まで流れています。"


class ScriptedModel:
    """Says what it was told to, by response."""

    name = "rm"
    version = "1"

    def __init__(self, logits: dict[str, Logit]) -> None:
        self.logits = logits
        self.asked: list[Conversation] = []
        self.is_closed = False

    async def score(self, conversations: Sequence[Conversation]) -> list[Logit]:
        self.asked += conversations
        return [self.logits[conversation.response] for conversation in conversations]

    async def close(self) -> None:
        self.is_closed = True


def answer(text: str, *, language: str | None = None, question: str = "?") -> Answer:
    return Answer(Task("general_chat", (Message("user", question),), language=language), text)


def scored(scorer: RewardModelScorer, answers: Sequence[Answer]) -> list[Scored]:
    return asyncio.run(scorer.score_answers(answers))


def test_grade_is_the_place_on_the_scale() -> None:
    scorer = RewardModelScorer(ScriptedModel({"a": 2.0, "b": -100.0, "c": 100.0}), SCALE)
    first, worst, best = scored(scorer, [answer("a"), answer("b"), answer("c")])
    assert isinstance(first, Grade)
    assert first.parts == {"rm_raw": 2.0, "rm_norm": 1.0, "lang_match": 1.0}
    assert first.score == 0.6
    assert isinstance(worst, Grade)
    assert isinstance(best, Grade)
    assert (worst.score, best.score) == (0.0, 1.0)


def test_grade_does_not_depend_on_the_batch() -> None:
    model = ScriptedModel({str(n): n / 7 for n in range(20)})
    together = scored(RewardModelScorer(model, SCALE), [answer(str(n)) for n in range(20)])
    alone = [scored(RewardModelScorer(model, SCALE), [answer(str(n))])[0] for n in range(20)]
    assert together == alone


@pytest.mark.parametrize("code", ["unreadable", "refused", "unreachable", "not_finite"])
def test_error_stays_an_error_at_its_place(code: str) -> None:
    error = RewardModelError("no number", code)
    model = ScriptedModel({"a": 1.0, "odd": error, "b": 2.0})
    first, failed, last = scored(
        RewardModelScorer(model, SCALE), [answer("a"), answer("odd"), answer("b")]
    )
    assert failed is error
    assert status_of(error) is RewardStatus.JUDGE_FAILED
    assert isinstance(first, Grade)
    assert isinstance(last, Grade)


def test_writing_past_the_models_context_is_no_way_out_of_a_bad_reward() -> None:
    model = ScriptedModel({"bad": -9.0, "long": RewardModelError("too long", "too_long")})
    scorer = RewardModelScorer(model, SCALE)
    bad, long = scored(scorer, [answer("bad", language="en"), answer("long", language="en")])
    assert isinstance(bad, Grade)
    assert isinstance(long, Grade)
    assert long.score <= bad.score
    assert long == Grade(0.0, "longer than the reward model can read")
    assert scorer.statistics["en"]["count"] == 1  # no number of the model's


def test_want_of_room_is_told_from_failure() -> None:
    assert status_of(RewardModelError("no room", "saturated")) is RewardStatus.OVERLOADED


def test_prompt_goes_to_the_model_as_it_is() -> None:
    model = ScriptedModel({"a": 1.0})
    scored(RewardModelScorer(model, SCALE), [answer("a", question="why?")])
    assert model.asked == [Conversation((Message("user", "why?"),), "a")]


def test_fluent_answer_in_the_wrong_language_earns_nothing() -> None:
    model = ScriptedModel({ENGLISH: 9.0, GERMAN: 1.0})
    answers = [answer(ENGLISH, language="de"), answer(GERMAN, language="de")]
    wrong, right = scored(RewardModelScorer(model, SCALE), answers)
    assert isinstance(wrong, Grade)
    assert isinstance(right, Grade)
    assert wrong.score == 0.0
    assert wrong.parts["lang_match"] == 0.0
    assert wrong.parts["rm_raw"] == 9.0
    assert right.score > 0.5


def test_language_of_the_question_counts_where_none_is_given() -> None:
    model = ScriptedModel({ENGLISH: 9.0})
    (found,) = scored(RewardModelScorer(model, SCALE), [answer(ENGLISH, question=GERMAN)])
    assert isinstance(found, Grade)
    assert found.parts["lang_match"] == 0.0


@pytest.mark.parametrize(
    ("language", "text", "match"),
    [("en", ENGLISH, 1.0), ("de-AT", GERMAN, 1.0), ("ja", JAPANESE, 1.0), ("de", JAPANESE, 0.0),
     ("ja", ENGLISH, 0.0), ("de", "No.", 1.0), ("de", "42", 1.0), ("de", "", 1.0),
     (None, ENGLISH, 1.0), ("fi", ENGLISH, 1.0), ("xx", ENGLISH, 1.0)],
)  # fmt: skip
def test_doubt_about_the_language_acquits(language: str | None, text: str, match: float) -> None:
    model = ScriptedModel({text: 1.0})
    (found,) = scored(RewardModelScorer(model, SCALE), [answer(text, language=language)])
    assert isinstance(found, Grade)
    assert found.parts["lang_match"] == match


def test_statistics_hold_raw_logits_by_language_and_no_errors() -> None:
    error = RewardModelError("away", "unreachable")
    model = ScriptedModel({"a": 1.0, "b": 3.0, "c": error})
    scorer = RewardModelScorer(model, SCALE)
    scored(scorer, [answer(text, language="de") for text in "abc"])
    assert scorer.statistics == {"de": {"count": 2, "mean": 2.0, "std": 1.0}}


def test_scale_of_another_version_is_refused() -> None:
    other = SCALE.model_copy(update={"version": "2"})
    with pytest.raises(ConfigError, match="fit one"):
        RewardModelScorer(ScriptedModel({}), other)


def test_version_changes_with_the_constants() -> None:
    other = SCALE.model_copy(update={"overall": Constants(mean=0.1, std=2.0, count=1000)})
    first, second = (RewardModelScorer(ScriptedModel({}), scale) for scale in (SCALE, other))
    assert first.version != second.version


def test_closing_the_scorer_closes_the_model() -> None:
    model = ScriptedModel({})
    asyncio.run(RewardModelScorer(model, SCALE).close())
    assert model.is_closed
