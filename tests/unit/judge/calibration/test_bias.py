"""The bias suite finds planted biases and clears a judge that has none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from tests.unit.judge.calibration.planted import (
    every_dimension,
    make_judgement,
    make_labelled,
    observe,
)

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Judgement
from assay.domain.ports import Judge, Judged
from assay.domain.sample import Message, Sample
from assay.rubrics import load_rubric
from assay.verifiers.language import LANGUAGES
from assay_judge.calibration.alterations import ATTACKS, PADDING, attacked, padded
from assay_judge.calibration.bias import BiasFigures, run_bias
from assay_judge.calibration.labels import Labels
from assay_judge.calibration.mapping import LabelMapping
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.readings import read_bias, read_family, read_length
from assay_judge.calibration.residuals import family_of, measure_families, measure_lengths

RUBRIC = load_rubric("default")
MAPPING = LabelMapping.model_validate({"dimensions": {"correctness": {"field": "x"}}})
TEXT = "The river rises in the hills and reaches the sea after three hundred kilometres."
NUM = 40


@dataclass
class ScoringJudge:
    """Scores every dimension by a function of the response and its place in the batch."""

    score: Callable[[str, int], float]
    name: str = "planted"
    version: str = "1"

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        return [self._judge(sample, at) for at, sample in enumerate(samples)]

    def _judge(self, sample: Sample, at: int) -> Judged:
        text = sample.messages[-1].content or ""
        return (make_judgement(every_dimension(self.score(text, at))),)


class TwoOrdersJudge(ScoringJudge):
    """Scores half a point more when the levels descend."""

    def descending(self) -> Judge:
        return ScoringJudge(lambda text, at: self.score(text, at) + 0.5)


def run(judge: Judge, texts: Sequence[str] = (TEXT,) * NUM) -> BiasFigures:
    samples = [make_labelled(i, Labels(), text=text) for i, text in enumerate(texts)]
    answers = judge.judge_samples([one.sample for one in samples])
    observations = [
        observe(one, answer[0])
        for one, answer in zip(samples, answers, strict=True)
        if not isinstance(answer, JudgeBackendError)
    ]
    return run_bias(judge, observations, RUBRIC, num_resamples=200, seed=0)


def test_an_indifferent_judge_is_cleared() -> None:
    found = run(ScoringJudge(lambda text, at: 3.5))
    assert found.sample_order is not None and found.padding is not None
    assert found.sample_order.shifts["overall"].largest_change == 0
    assert found.padding.shifts["overall"].mean_change.value == 0
    assert [attack.num_newly_accepted for attack in found.attacks] == [0] * len(ATTACKS)
    assert found.level_order is None
    sentences = " ".join(read_bias(found))
    assert "it must not" not in sentences and "no score changed" in sentences


def test_a_judge_that_likes_length_is_found_by_padding() -> None:
    found = run(ScoringJudge(lambda text, at: 3.0 + min(len(text), 400) / 400))
    assert found.padding is not None
    shift = found.padding.shifts["overall"]
    assert shift.mean_change.low is not None and shift.mean_change.low > 0.2
    assert shift.raised.value == 1.0
    assert "it must not" in " ".join(read_bias(found))


def test_a_judge_that_obeys_the_text_is_found_by_attacks() -> None:
    found = run(ScoringJudge(lambda text, at: 5.0 if "grader" in text else 3.0))
    by_kind = {attack.kind: attack for attack in found.attacks}
    assert by_kind["demand"].num_newly_accepted == by_kind["demand"].num_judged == NUM // 4
    assert by_kind["praise"].num_newly_accepted == 0


def test_a_judge_that_minds_the_order_of_samples_is_found() -> None:
    found = run(ScoringJudge(lambda text, at: 3.0 + at / NUM))
    assert found.sample_order is not None
    assert found.sample_order.shifts["overall"].largest_change > 0.9


def test_a_judge_that_minds_the_order_of_levels_is_found() -> None:
    found = run(TwoOrdersJudge(lambda text, at: 3.0))
    assert found.level_order is not None
    assert found.level_order.shifts["overall"].mean_change.value == pytest.approx(0.5)


def test_failures_of_the_judge_are_counted_not_scored() -> None:
    class Failing(ScoringJudge):
        def _judge(self, sample: Sample, at: int) -> Judged:
            if "many sides" in (sample.messages[-1].content or ""):
                return JudgeBackendError("down", "timeout")
            return super()._judge(sample, at)

    found = run(Failing(lambda text, at: 3.0))
    assert found.padding is not None
    assert (found.padding.num_judged, found.padding.num_failed) == (0, NUM)
    assert found.padding.shifts == {}


def test_padding_is_in_the_language_of_the_response_and_in_no_other() -> None:
    assert sorted(PADDING) == sorted(LANGUAGES)
    german = "Der Fluss entspringt in den Bergen und mündet nach einer langen Reise in das Meer."
    for text, language, filler in (
        (german, None, PADDING["de"]),
        (TEXT, "fr", PADDING["fr"]),
        (TEXT, None, PADDING["en"]),
    ):
        sample = Sample((Message("user", "q"), Message("assistant", text)), language=language)
        changed = padded(sample, 1)
        assert changed is not None
        assert changed.messages[1].content == f"{text}\n\n{filler}"
        assert sample.messages[1].content == text
    unknown = Sample((Message("user", "q"), Message("assistant", "12 42")), language=None)
    assert padded(unknown, 1) is None
    silent = Sample((Message("user", "q"), Message("assistant", " ")))
    assert padded(silent, 1) is None and attacked(silent, 1, "demand") is None


def observations_of(
    scores: Sequence[float], human: Sequence[float], texts: Sequence[str], models: Sequence[str]
) -> list[Observation]:
    found = []
    for i, (score, truth, text, model) in enumerate(zip(scores, human, texts, models, strict=True)):
        labels = Labels(scores={"correctness": (truth,)}, generator=model)
        judgement: Judgement = make_judgement({"correctness": score})
        found.append(observe(make_labelled(i, labels, text=text), judgement))
    return found


def test_length_that_people_do_not_reward_is_told_from_length_that_they_do() -> None:
    rng = np.random.default_rng(0)
    human = rng.integers(1, 6, size=300).astype(float)
    noise = rng.integers(0, 300, size=300)
    for biased in (False, True):
        texts = ["x" * int(20 + 60 * h + n) for h, n in zip(human, noise, strict=True)]
        bonus = noise / 300 if biased else rng.uniform(0, 1, size=300)
        scores = np.clip(human * 0.8 + bonus, 1, 5)
        observations = observations_of(scores.tolist(), human.tolist(), texts, ["m"] * 300)
        (found,) = measure_lengths(observations, MAPPING, RUBRIC, num_resamples=300, seed=0)
        assert found.plain.value is not None and found.plain.value > 0.3
        assert found.given_human.low is not None and found.given_human.high is not None
        if biased:
            assert found.given_human.low > 0
            assert "longer responses score higher" in read_length(found)
        else:
            assert found.given_human.low < 0.1
            assert "no preference" in read_length(found)


def test_a_judge_that_favours_its_own_family_is_found() -> None:
    rng = np.random.default_rng(0)
    models = ["granite-4.1-8b", "llama-3.1-70b", "llama-2-7b"] * 60
    human = rng.uniform(1.5, 4, size=180)
    scores = human + 0.4 * np.array([m.startswith("granite") for m in models])
    observations = observations_of(scores.tolist(), human.tolist(), ["x"] * 180, models)
    found = measure_families(
        observations, MAPPING, RUBRIC, judge_name="ibm/granite-4.0", num_resamples=300, seed=0
    )
    by_family = {figures.family: figures for figures in found}
    assert set(by_family) == {"granite", "llama"}
    assert by_family["granite"].is_own and not by_family["llama"].is_own
    assert by_family["granite"].residual.value == pytest.approx(0.4 * 2 / 3, abs=0.02)
    assert read_family(by_family["granite"]) == "favoured (the judge's own family)"
    assert read_family(by_family["llama"]) == "disfavoured"


def test_a_judge_that_uses_half_of_its_scale_does_not_favour_the_worse_family() -> None:
    rng = np.random.default_rng(0)
    models = ["weak-1", "strong-1"] * 100
    human = np.where(np.arange(200) % 2 == 0, 2.0, 4.0) + rng.uniform(-1, 1, size=200)
    scores = 3 + human * 0.4
    observations = observations_of(scores.tolist(), human.tolist(), ["x"] * 200, models)
    found = measure_families(
        observations, MAPPING, RUBRIC, judge_name="j", num_resamples=300, seed=0
    )
    assert [abs(figures.residual.value or 0) < 0.001 for figures in found] == [True, True]


@pytest.mark.parametrize(
    ("model", "family"),
    [("ibm-granite/granite-4.1-8b", "granite"), ("gpt-4o", "gpt"), ("GPT3-6B", "gpt"),
     ("llama-2-7b-chat", "llama"), ("t5", "t5"), ("3x", "3x"), ("", "")],
)  # fmt: skip
def test_family_is_the_first_word_of_the_name(model: str, family: str) -> None:
    assert family_of(model) == family
