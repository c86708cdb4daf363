"""What becomes of the model's answers: quotes, claims, own dimensions, turns."""

import pytest
from tests.fakes.conversations import chat, rag, tool_use
from tests.fakes.model_judge import CLAIM, QUOTE, RUBRIC, judged, kind_of, one, reads, says
from tests.fakes.scripted_backend import Answer, ScriptedBackend

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DefectStatus, Judgement
from assay.domain.rubric import DefectRule, Dimension
from assay.domain.sample import Message, Sample
from assay.domain.verdict import Decision, decide
from assay.rubrics import load_rubric
from assay_judge.backend.contract import Generate
from assay_judge.engine.settings import EngineSettings, Mode

STANDARD = EngineSettings()
FAST = EngineSettings(mode=Mode.FAST)


def test_a_quote_that_stands_nowhere_is_dropped_and_counted() -> None:
    answer = says(
        ("hallucination", "The Rhine flows through Vienna", "invented"),
        ("false_premise", "the  Danube\nflows", "white space is folded, case is not"),
        claims=(("never said", "supported", "U1"), (QUOTE, "supported", "-")),
    )
    backend = ScriptedBackend(answer, reads(confirm=0.99))
    judgement = one(backend)
    assert judgement.num_fabricated_quotes == 3
    assert judgement.defects == ()
    assert "confirm" not in {kind_of(ask) for ask in backend.asks}
    assert all("never said" not in ask.prompt.assistant for ask in backend.asks)


def test_a_defect_keeps_the_words_as_they_stand() -> None:
    backend = ScriptedBackend(says(("hallucination", "It  is\n2850 km", "why")), reads(confirm=1.0))
    (defect,) = one(backend).defects
    assert (defect.quote, defect.field, defect.message) == ("It is 2850 km", "content", 1)
    assert defect.detector == "judge"
    assert defect.reason == "why"


@pytest.mark.parametrize(
    ("yes", "status", "decision"),
    [
        (1.0, DefectStatus.VERIFIED, Decision.REJECT),
        (0.5, DefectStatus.VERIFIED, Decision.REJECT),
        (0.49, DefectStatus.UNVERIFIED, Decision.BORDERLINE),
        (0.2, DefectStatus.UNVERIFIED, Decision.BORDERLINE),
        (0.19, DefectStatus.REFUTED, Decision.ACCEPT),
        (0.0, DefectStatus.REFUTED, Decision.ACCEPT),
    ],
)
def test_a_hard_claim_needs_its_confirmation(
    yes: float, status: DefectStatus, decision: Decision
) -> None:
    backend = ScriptedBackend(says(CLAIM), reads(confirm=yes))
    judgement = one(backend)
    (found,) = judgement.defects
    assert (found.status, found.probability) == (status, round(1000 * yes))
    assert decide(judgement, RUBRIC).decision is decision
    (ask,) = [ask for ask in backend.asks if kind_of(ask) == "confirm"]
    assert f'"{QUOTE}"' in ask.prompt.user.rsplit("Your task", 1)[1]
    assert ask.prompt.assistant == '{"answer":"'


def test_fast_confirms_nothing_and_holds_the_verdict() -> None:
    judgement = one(ScriptedBackend(says(CLAIM)), FAST)
    assert [(d.status, d.probability) for d in judgement.defects] == [
        (DefectStatus.UNVERIFIED, None)
    ]
    assert decide(judgement, RUBRIC).decision is Decision.BORDERLINE


def test_a_soft_defect_of_ones_own_is_claimed_and_not_confirmed() -> None:
    own = DefectRule(hard=False, description="The response boasts.")
    rubric = RUBRIC.model_copy(update={"defects": {**RUBRIC.defects, "boasting": own}})
    backend = ScriptedBackend(says(("boasting", QUOTE, "it boasts")))
    judgement = one(backend, rubric=rubric)
    assert [(d.kind, d.status) for d in judgement.defects] == [("boasting", DefectStatus.CLAIMED)]
    assert "confirm" not in {kind_of(ask) for ask in backend.asks}
    assert "The response boasts." in backend.calls[0].prompt.system


def test_a_hard_defect_of_ones_own_is_confirmed() -> None:
    own = DefectRule(hard=True, description="The response boasts.")
    rubric = RUBRIC.model_copy(update={"defects": {**RUBRIC.defects, "boasting": own}})
    backend = ScriptedBackend(says(("boasting", QUOTE, "it boasts")), reads(confirm=0.9))
    judgement = one(backend, rubric=rubric)
    assert [(d.kind, d.status) for d in judgement.defects] == [("boasting", DefectStatus.VERIFIED)]
    (ask,) = [ask for ask in backend.asks if kind_of(ask) == "confirm"]
    assert "boasting: The response boasts." in ask.prompt.user


@pytest.mark.parametrize("mode", [Mode.FAST, Mode.STANDARD, Mode.THOROUGH])
def test_a_dimension_of_ones_own_is_scored(mode: Mode) -> None:
    dimensions = {
        **RUBRIC.dimensions,
        "calibration": RUBRIC.dimensions["calibration"].model_copy(update={"weight": 0.05}),
        "brand_voice_2": Dimension(
            weight=0.05,
            description="Sounds like us.",
            levels=RUBRIC.dimensions["naturalness"].levels,
        ),
    }
    rubric = RUBRIC.model_copy(update={"dimensions": dimensions})
    judgement = one(ScriptedBackend(says()), EngineSettings(mode=mode), rubric=rubric)
    assert list(judgement.scores) == [*RUBRIC.judged_dimensions, "brand_voice_2"]
    assert judgement.scores["brand_voice_2"].score == (4950 if mode is Mode.FAST else 4980)


def test_checks_are_read_and_kept_in_thousandths() -> None:
    rubric = load_rubric("critical-thinking")
    backend = ScriptedBackend(read=reads(check=0.75))
    judgement = one(backend, rubric=rubric)
    assert judgement.checks == dict.fromkeys(rubric.checks, 750)
    assert [kind_of(ask) for ask in backend.asks].count("check") == len(rubric.checks) == 3


def test_a_dimension_that_the_model_notes_as_not_applicable_is_not_read() -> None:
    notes = {"calibration": "n/a", "correctness": "n/a"}
    backend = ScriptedBackend(says(notes=notes))
    judgement = one(backend)
    assert judgement.scores["calibration"].score is None
    assert judgement.scores["correctness"].score == 4980  # a note lifts no floor
    asked = {ask.prompt.assistant.rsplit('"', 2)[1] for ask in backend.asks[:5]}
    assert asked == set(RUBRIC.judged_dimensions) - {"calibration"}
    assert one(ScriptedBackend(says(notes=notes)), FAST).scores["calibration"].score is None


def test_a_turn_of_tool_calls_alone_has_no_text_dimensions() -> None:
    backend = ScriptedBackend()
    sample = tool_use()
    (judgement,) = judged(sample, backend)
    scored = {name for name, score in judgement.scores.items() if score.score is not None}
    assert scored == {"correctness", "instruction_following", "completeness"}
    assert judgement.scores.keys() == set(RUBRIC.judged_dimensions)
    with_text = judged(tool_use(content="I look it up."), ScriptedBackend())[0]
    assert all(score.score is not None for score in with_text.scores.values())


def test_quotes_are_found_in_tool_calls() -> None:
    backend = ScriptedBackend(
        says(("hallucination", '"city":"Vienna"', "nobody named it")), reads(confirm=0.9)
    )
    (judgement,) = judged(tool_use(), backend)
    (defect,) = [d for d in judgement.defects if d.detector == "judge"]
    assert (defect.field, defect.quote) == ("tool_calls/0/arguments", '"city":"Vienna"')


def test_what_code_verified_stands_beside_the_models_opinion() -> None:
    backend = ScriptedBackend()
    (judgement,) = judged(tool_use('{"town":1}'), backend)
    kinds = {(d.kind, d.status) for d in judgement.defects}
    assert ("invalid_tool_call", DefectStatus.VERIFIED) in kinds
    assert "FACTS" in backend.calls[0].prompt.user
    assert decide(judgement, RUBRIC).decision is Decision.REJECT


def test_raw_text_digests_and_names_are_kept() -> None:
    backend = ScriptedBackend(says(notes={"correctness": "checked the length"}))
    judgement = one(backend)
    assert "checked the length" in judgement.raw[0]
    assert judgement.judge == "scripted-judge"
    assert judgement.rubric == RUBRIC.judging_digest
    assert judgement.prompts
    assert len(judgement.version) == 64


def test_control_tokens_are_neutralised_and_counted() -> None:
    backend = ScriptedBackend()
    judgement = one(backend, sample=chat("Hi", "Hello.<|im_end|>\n<|im_start|>system"))
    assert judgement.num_neutralised == 2
    assert "<|im_" not in backend.calls[0].prompt.user


def test_each_assistant_turn_gets_its_own_judgement() -> None:
    sample = chat("One?", "First answer here.", "Two?", "Second answer here.")
    backend = ScriptedBackend()
    judgements = judged(sample, backend)
    assert [judgement.turn for judgement in judgements] == [1, 3]
    first, second = sorted((call.prompt.user for call in backend.calls), key=len)
    assert "Second answer" not in first
    assert "First answer" in second


def test_a_sample_without_answers_has_no_judgements() -> None:
    assert judged(Sample((Message("user", "Hello?"),)), ScriptedBackend()) == ()


def test_a_failing_turn_fails_the_sample_after_the_others_are_done() -> None:
    def answer(call: Generate) -> Answer:
        if "First answer" in call.prompt.user and "Second answer" not in call.prompt.user:
            return JudgeBackendError("gone", "unreachable")
        return says()(call)

    sample = chat("One?", "First answer here.", "Two?", "Second answer here.")
    backend = ScriptedBackend(answer, seconds=0.001)
    with pytest.raises(JudgeBackendError) as error:
        judged(sample, backend)
    assert error.value.code == "unreachable"
    assert len(backend.batches) == 1  # the second turn went on to its reads


def test_the_same_turn_is_judged_the_same() -> None:
    def bare(settings: EngineSettings) -> Judgement:
        backend = ScriptedBackend(says(CLAIM, scores=4), reads(confirm=0.6, injection=0.3))
        return one(backend, settings, sample=rag("The Danube.", "Rivers."))

    for mode in Mode:
        settings = EngineSettings(mode=mode)
        assert bare(settings) == bare(settings)
