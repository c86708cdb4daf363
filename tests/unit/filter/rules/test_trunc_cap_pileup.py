from hypothesis import given
from hypothesis import strategies as st

from assay.domain.action import Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.tokens import estimate_tokens
from assay.verifiers.view import View
from assay_filter.rules.trunc_cap_pileup import CapPileup, CapPileupSettings, Pileup

RULE = CapPileup(CapPileupSettings())
UNCUT = dict.fromkeys(range(10, 500), 10)


def view(text: str) -> View:
    return View(Sample((Message("user", "Tell me more."), Message("assistant", text))))


def test_a_cap_stands_out_at_the_maximum() -> None:
    (pileup,) = RULE.find_pileups({"capped": {**UNCUT, 512: 200}, "free": UNCUT})
    assert (pileup.source, pileup.length, pileup.num) == ("capped", 512, 200)
    assert 0.03 < pileup.share < 0.05


def test_a_common_length_below_the_maximum_is_no_cap() -> None:
    assert not RULE.find_pileups({"source": {**UNCUT, 300: 500, 501: 1}})


def test_few_samples_a_small_share_and_labels_are_no_pileup() -> None:
    assert not RULE.find_pileups({"few": {10: 5, 200: 19}})
    assert not RULE.find_pileups({"rare": {10: 10_000, 200: 50}})
    assert not RULE.find_pileups({"labels": {1: 500, 2: 500}})
    assert not RULE.find_pileups({"empty": {}})


def test_a_member_that_looks_cut_is_dropped_and_a_whole_one_flagged() -> None:
    cut = "The harbour is old. Its walls were built by the people of the"
    whole = "The harbour is old. Its walls were built by the first settlers."
    for text, kind in ((cut, Drop), (whole, Flag)):
        pileup = Pileup("s", estimate_tokens(text), 40, 0.1)
        (action,) = RULE.check_member(view(text), pileup)
        assert isinstance(action, kind)


def test_other_lengths_are_no_members() -> None:
    assert not list(RULE.check_member(view("Short."), Pileup("s", 400, 40, 0.1)))


def test_a_real_tokenizer_may_count() -> None:
    pileup = Pileup("s", 2, 40, 0.1)
    assert list(
        RULE.check_member(view("Two words."), pileup, count_tokens=lambda t: len(t.split()))
    )


@given(st.dictionaries(st.integers(1, 2000), st.integers(1, 300), max_size=30))
def test_a_pileup_is_at_the_maximum_and_large_enough(histogram: dict[int, int]) -> None:
    for pileup in RULE.find_pileups({"s": histogram}):
        assert pileup.length == max(histogram)
        assert pileup.num >= 20 and pileup.share >= 0.01
