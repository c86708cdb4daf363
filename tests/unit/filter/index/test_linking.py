"""Samples that were kept before leave a run, and their partner is the earlier sample."""

import pytest
from tests.fakes.indexed_runs import IndexedRuns, sample_id_of

from assay.domain.errors import InputError
from assay.domain.verdict import Outcome
from assay_filter.dedup.settings import DedupSettings
from assay_filter.index.entry import Partner
from assay_filter.index.linking import EarlierLink

ASK = "Tell me about the lighthouse and the keeper who lives there, please."
STORY = (
    "The lighthouse keeper climbed the stairs each evening and lit the great lamp for the ships."
)
OTHER = ("How does bread rise in the oven?", "Yeast feeds on sugar and fills the dough with gas.")
LONGER = STORY.replace("great lamp", "great old lamp")


def earlier(run_id: str, ordinal: int, method: str, context: int, response: int) -> EarlierLink:
    partner = Partner(run_id, ordinal, sample_id_of(run_id, ordinal))
    return EarlierLink(partner, method, context, response)


def test_an_exact_copy_of_an_earlier_run_leaves(runs: IndexedRuns) -> None:
    runs.run("one", [OTHER, (ASK, STORY)])
    found = runs.run("two", [(ASK, STORY), ("Another question?", "Another answer.")])
    assert found.links == {0: earlier("one", 1, "exact", 1000, 1000)}
    assert found.survivors == [1]


def test_a_copy_that_differs_in_case_and_punctuation_is_near_exact(runs: IndexedRuns) -> None:
    runs.run("one", [(ASK, STORY)])
    found = runs.run("two", [(ASK.upper(), STORY.replace(" ", "  "))])
    assert found.links == {0: earlier("one", 0, "near_exact", 1000, 1000)}


def test_a_near_copy_is_verified_and_says_how_similar(runs: IndexedRuns) -> None:
    runs.run("one", [(ASK, STORY)])
    found = runs.run("two", [(ASK, LONGER)])
    inside = IndexedRuns(runs.engine, runs.folder).run("both", [(ASK, STORY), (ASK, LONGER)], None)
    link = found.links[0]
    assert (link.method, link.context_similarity) == ("near", 1000)
    assert 800 <= link.response_similarity < 1000
    assert inside.within == {0: 1}


@pytest.mark.parametrize("num_blocks", [1, 3])
def test_all_exact_copies_leave_with_the_sample_they_copy(
    runs: IndexedRuns, num_blocks: int
) -> None:
    runs.run("one", [(ASK, STORY)])
    found = runs.run("two", [OTHER, (ASK, LONGER), OTHER, (ASK, LONGER)], num_blocks=num_blocks)
    assert set(found.links) == {1, 3}
    assert found.within == {2: 0}
    assert found.survivors == [0]


def test_who_leaves_stands_for_nobody_inside_the_run(runs: IndexedRuns) -> None:
    """B is a copy of the earlier A; C is like B and unlike A: C stays, though B is the better."""
    first = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi"
    second = first.replace("alpha", "one")
    third = second.replace("omicron pi", "something longer at its end")
    runs.run("one", [(ASK, first)])
    found = runs.run("two", [(ASK, second), (ASK, third)])
    assert set(found.links) == {0}
    assert found.survivors == [1]


def test_rejected_samples_neither_leave_nor_enter(runs: IndexedRuns) -> None:
    runs.run("one", [(ASK, STORY), OTHER], outcomes=[Outcome.REJECTED, Outcome.BORDERLINE])
    found = runs.run("two", [(ASK, STORY), OTHER], outcomes=[Outcome.ACCEPTED, Outcome.REJECTED])
    assert found.links == {}
    assert found.survivors == [0]


def test_other_numbers_or_another_language_stay(runs: IndexedRuns) -> None:
    ask = "How many ships pass the lighthouse in a night when {} storms blow from the north?"
    answer = "The keeper counts the ships one by one, and in such a night he counts them all."
    runs.run("one", [(ask.format(3), answer), (ASK, STORY)], languages=["en", "en"])
    found = runs.run("two", [(ask.format(4), answer), (ASK, LONGER)], languages=["en", "de"])
    assert found.links == {}


def test_an_unknown_language_matches_any(runs: IndexedRuns) -> None:
    runs.run("one", [(ASK, STORY)], languages=[""])
    assert set(runs.run("two", [(ASK, LONGER)], languages=["de"]).links) == {0}


def test_short_texts_leave_when_equal_only(runs: IndexedRuns) -> None:
    runs.run("one", [("What is 2 + 2?", "4"), ("Say yes.", "yes")])
    found = runs.run("two", [("What is 2 + 3?", "4"), ("say YES", "Yes!"), ("Say yes.", "no")])
    assert {o: link.method for o, link in found.links.items()} == {1: "near_exact"}


def test_another_answer_to_an_earlier_prompt_stays(runs: IndexedRuns) -> None:
    capped = IndexedRuns(runs.engine, runs.folder, DedupSettings(prompt_cap=1))
    capped.run("one", [(ASK, STORY)])
    answer = "Nobody lives in the lighthouse now: its lamp is lit by a clock, and the door is shut."
    assert capped.run("two", [(ASK, answer)]).links == {}


def test_a_shared_setting_does_not_hide_another_question(runs: IndexedRuns) -> None:
    rules = "You answer questions on the sea, in plain words, and you never guess. " * 8
    runs.run("one", [(rules, "What lamp did the keepers light in the old days?", STORY)])
    found = runs.run("two", [(rules, "Which stairs would a visitor climb today?", STORY)])
    assert found.links == {}


@pytest.mark.parametrize("tier", ["exact", "near_exact", "near"])
def test_a_tier_that_is_off_finds_nothing(runs: IndexedRuns, tier: str) -> None:
    copies = {"exact": STORY, "near_exact": STORY.upper(), "near": LONGER}
    order = list(copies)
    runs.run("one", [(ASK, STORY)])
    on = {name: order.index(name) > order.index(tier) for name in order[:-1]}
    settings = DedupSettings(**on, near=tier != "near", prompt_cap=0)
    found = IndexedRuns(runs.engine, runs.folder, settings).run("two", [(ASK, copies[tier])])
    expected = {"exact": "near_exact", "near_exact": "near", "near": None}[tier]
    assert [link.method for link in found.links.values()] == ([expected] if expected else [])


def test_the_earliest_entry_is_the_partner(runs: IndexedRuns) -> None:
    runs.run("one", [(ASK, STORY)], None)
    runs.run("two", [(ASK, STORY)], None)
    found = runs.run("three", [(ASK, STORY)])
    assert found.links[0].partner == Partner("one", 0, "one/0")


def test_a_run_may_be_set_against_some_runs_only(runs: IndexedRuns) -> None:
    runs.run("one", [(ASK, STORY)], None)
    runs.run("two", [OTHER], None)
    runs.run("three", [(ASK, STORY)], None)
    texts = [(ASK, STORY), OTHER]
    assert set(runs.run("four", texts, ["two"]).links) == {1}
    found = runs.run("five", texts, ["three", "two"])
    assert found.links[0].partner == Partner("three", 0, "three/0")
    assert runs.run("six", texts, None).links == {}


def test_against_a_run_that_is_not_there_is_refused(runs: IndexedRuns) -> None:
    runs.run("one", [OTHER])
    with pytest.raises(InputError, match="gone"):
        runs.run("two", [OTHER], ["one", "gone"])


def test_settings_of_another_kind_meet_by_keys_alone(runs: IndexedRuns) -> None:
    runs.run("one", [(ASK, STORY), OTHER])
    unguarded = IndexedRuns(runs.engine, runs.folder, DedupSettings(guard=False, prompt_cap=0))
    found = unguarded.run("two", [(ASK, LONGER), OTHER])
    assert {ordinal: link.method for ordinal, link in found.links.items()} == {1: "exact"}


def test_a_run_without_samples_publishes_nothing_and_says_so(runs: IndexedRuns) -> None:
    runs.run("one", [])
    assert runs.head() == 1
    assert runs.run("two", [(ASK, STORY)]).survivors == [0]
