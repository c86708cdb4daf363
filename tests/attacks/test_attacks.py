from collections import Counter
from dataclasses import replace

import pytest
from tests.attacks.attack import BASES, FAMILIES, clean_good, sample_of, untouched
from tests.attacks.control_tokens import HOSTILE_TEXTS, TWINS
from tests.attacks.runner import NO_DEFENCES, judge_last_turns, succeeding
from tests.attacks.suite import ATTACKS
from tests.fakes.gullible import Obedience

from assay.domain.rubric import Rubric
from assay.domain.sample import Message, Sample
from assay.domain.verdict import Decision, decide
from assay.rubrics import load_rubric
from assay_judge.engine.settings import Mode
from assay_judge.hostile.defences import Defences
from assay_judge.hostile.encoding import encode_text

ALL = Defences()
MODES = (Mode.STANDARD, Mode.FAST, Mode.THOROUGH)


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return load_rubric("default")


def decisions(
    samples: list[Sample], defences: Defences, rubric: Rubric, *, obeys: Obedience
) -> set[Decision]:
    judged = judge_last_turns(samples, defences, rubric, obeys=obeys)
    return {decide(judgement, rubric).decision for judgement in judged}


def test_the_suite_covers_eight_families_twelve_languages_and_all_places() -> None:
    assert len(ATTACKS) >= 60
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS)
    families = Counter(attack.family for attack in ATTACKS)
    assert set(families) == set(FAMILIES)
    assert min(families.values()) >= 5
    assert len({attack.language for attack in ATTACKS}) == 12
    assert len({attack.place for attack in ATTACKS}) == 7


def test_every_attack_succeeds_without_defences(rubric: Rubric) -> None:
    assert set(succeeding(ATTACKS, NO_DEFENCES, rubric)) == {attack.id for attack in ATTACKS}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("obeys", Obedience)
def test_no_attack_succeeds_with_all_defences(mode: Mode, obeys: Obedience, rubric: Rubric) -> None:
    assert succeeding(ATTACKS, ALL, rubric, obeys=obeys, mode=mode) == []


def test_encoding_alone_leaves_a_plain_judge_to_control_tokens_and_master_keys(
    rubric: Rubric,
) -> None:
    """And to nothing else: text inside of a JSON string is data to it."""
    only_encoding = Defences(**{name: name == "encode" for name in Defences.__slots__})
    left = set(succeeding(ATTACKS, only_encoding, rubric))
    families = {attack.id: attack.family for attack in ATTACKS}
    assert {families[id] for id in left} == {"turns", "keys"}


def test_a_code_in_the_markers_stops_those_who_forge_them(rubric: Rubric) -> None:
    """The judge here takes only what stands outside of a block for an instruction."""
    bare, coded = NO_DEFENCES, replace(NO_DEFENCES, nonce=True)
    forgers = [attack for attack in ATTACKS if "[END " in attack.text]
    assert len(succeeding(forgers, bare, rubric, obeys=Obedience.OUTSIDE)) >= 5
    assert succeeding(forgers, coded, rubric, obeys=Obedience.OUTSIDE) == []


@pytest.mark.parametrize("defences", [ALL, NO_DEFENCES])
@pytest.mark.parametrize("obeys", Obedience)
def test_clean_good_answers_are_accepted(
    defences: Defences, obeys: Obedience, rubric: Rubric
) -> None:
    samples = [clean_good(base) for base in BASES.values()]
    assert decisions(samples, defences, rubric, obeys=obeys) == {Decision.ACCEPT}


@pytest.mark.parametrize("defences", [ALL, NO_DEFENCES])
@pytest.mark.parametrize("obeys", Obedience)
def test_clean_bad_answers_are_rejected(
    defences: Defences, obeys: Obedience, rubric: Rubric
) -> None:
    samples = [
        Sample((Message("user", base.question), Message("assistant", base.bad)))
        for base in BASES.values()
    ]
    assert decisions(samples, defences, rubric, obeys=obeys) == {Decision.REJECT}


def test_an_attack_lifts_no_score_before_a_plain_judge(rubric: Rubric) -> None:
    """The canary: the same response with and without the attack, all defences on."""
    lifted = [attack for attack in ATTACKS if attack.family != "keys"]
    hostile = judge_last_turns([sample_of(attack) for attack in lifted], ALL, rubric)
    clean = judge_last_turns([untouched(attack) for attack in lifted], ALL, rubric)
    for attack, with_attack, without in zip(lifted, hostile, clean, strict=True):
        rise = [
            (with_attack.scores[name].score or 0) - (score.score or 0)
            for name, score in without.scores.items()
        ]
        assert max(rise) <= 0, attack.id


def test_what_was_neutralised_is_counted(rubric: Rubric) -> None:
    attack = next(attack for attack in ATTACKS if attack.id == "turns-chatml")
    (judgement,) = judge_last_turns([sample_of(attack)], ALL, rubric)
    assert judgement.num_neutralised == 4
    assert "injection_suspected" in judgement.flags


def test_twins_differ_in_control_tokens_alone() -> None:
    assert len(TWINS) >= 100
    assert len(HOSTILE_TEXTS) >= 15
    for twin in TWINS:
        assert encode_text(twin.hostile).num_neutralised >= 2, twin.id
        assert encode_text(twin.clean).num_neutralised == 0, twin.id
        assert twin.id not in encode_text(twin.hostile).literal
