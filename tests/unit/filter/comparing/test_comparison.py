"""Two runs side by side, on both databases, against a plain comparison in memory."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from tests.fakes.audit_databases import Fill
from tests.fakes.stored_runs import RULES, StoredSample, store_run

from assay.domain.errors import InputError
from assay_filter.comparing.alignment import Placed, align
from assay_filter.comparing.comparison import (
    Comparison,
    compare,
    page_of_flips,
    summarise,
)
from assay_filter.comparing.flips import Flip, flip_body

OUTCOMES = ("accepted", "borderline", "rejected", "duplicate", "error")
BASE = [
    StoredSample("a", "accepted", 4200, source="x"),
    StoredSample("b", "rejected", 2000, ["score.low"], scores={"correctness": 2000}),
    StoredSample("c", "accepted", 4500),
    StoredSample("c", "duplicate", 4500, ["dedup.exact"], judged_as=2, duplicate_of=(2, "exact")),
    StoredSample("d", "error", None, ["judge.error"]),
]
CHANGED = [
    replace(
        BASE[0],
        outcome="borderline",
        overall=3900,
        reasons=["score.middle"],
        events=[("rules", "rep.loop", "flag"), ("rules", "norm.unicode", "fix")],
        scores={"correctness": 3900, "conciseness": None},
    ),
    StoredSample("new", "accepted", 4000),
    BASE[3],  # c again, its duplicate first: the occurrences meet in order
    replace(BASE[2], overall=4600),
    StoredSample("b", "rejected", 2000, ["score.low"]),
]


def compared(engine: Engine, before: str, after: str) -> tuple[list[Flip], dict[str, Any]]:
    comparison = Comparison((before, after))
    flips = list(compare(engine, comparison))
    return flips, comparison.body()


def fill(engine: Engine) -> None:
    store_run(engine, "before", BASE)
    store_run(engine, "after", CHANGED, judge_version="2", rubric={"id": "strict", "z": 2})


@pytest.fixture
def two_runs(filled_audit: Callable[[Fill], Engine]) -> Engine:
    return filled_audit(fill)


def test_moves_flips_and_singles_are_counted(two_runs: Engine) -> None:
    flips, body = compared(two_runs, "before", "after")
    assert body["matched"] == 4
    assert body["flips"] == len(flips) == 3
    assert body["only_before"] == {"error": 1}
    assert body["only_after"] == {"accepted": 1}
    assert {(m["before"], m["after"]): m["samples"] for m in body["moves"]} == {
        ("accepted", "borderline"): 1,
        ("accepted", "duplicate"): 1,
        ("duplicate", "accepted"): 1,
        ("rejected", "rejected"): 1,
    }
    assert [flip.sample_id for flip in flips] == sorted(flip.sample_id for flip in flips)
    assert body["by_source"][0]["source"] == "(none)"
    assert {s["source"]: s["flips"] for s in body["by_source"]} == {"(none)": 2, "x": 1}


def test_flip_tells_reasons_rules_and_scores_of_both_runs(two_runs: Engine) -> None:
    flips, body = compared(two_runs, "before", "after")
    (flip,) = [f for f in flips if f.sample_id == BASE[0].sample_id]
    told = flip_body(flip)
    assert told["before"]["row"] == told["after"]["row"] == "data.jsonl:1"
    assert told["before"]["overall"] == 4.2
    assert told["after"]["overall"] == 3.9
    assert told["after"]["reasons"] == ["score.middle"]
    assert told["after"]["scores"] == {"conciseness": None, "correctness": 3.9}
    assert told["rules_gone"] == []
    assert told["rules_new"] == ["norm.unicode:fix", "rep.loop:flag"]
    assert body["rules_new"] == {"norm.unicode:fix": 1, "rep.loop:flag": 1}
    assert {
        "before": "accepted",
        "after": "borderline",
        "reason": "score.middle",
        "samples": 1,
    } in body["reasons_new"]


def test_judge_events_of_an_exact_copy_are_those_of_the_judged_sample(engine: Engine) -> None:
    first = StoredSample("p", "accepted", events=[("judge", "judge.flag", "flag")])
    copy = StoredSample("q", "accepted", judged_as=0)
    store_run(engine, "one", [first, copy])
    store_run(engine, "two", [StoredSample("q", "rejected", reasons=["leak.pii"])])
    ((flip,), _) = compared(engine, "one", "two")
    assert flip.rules_gone == ["judge.flag:flag"]


def test_settings_that_differ_are_named(two_runs: Engine) -> None:
    _, body = compared(two_runs, "before", "after")
    named = {(s["part"], s["key"]): (s["before"], s["after"]) for s in body["settings"]}
    assert named["run", "judge_version"] == ('"1"', '"2"')
    assert named["rubric", "id"] == ('"default"', '"strict"')
    assert named["rubric", "z"] == (None, "2")
    assert {part for part, _ in named} == {"run", "rubric"}


def test_rules_and_inputs_that_differ_are_named(engine: Engine) -> None:
    store_run(engine, "one", BASE)
    rules = [{**RULES[0], "version": 2}, {"id": "rep.char", "version": 1, "settings": {"n": 50}}]
    store_run(engine, "two", BASE, rules=rules, inputs='[{"name":"data.jsonl","sha256":"bb"}]')
    flips, body = compared(engine, "one", "two")
    assert not flips
    named = {(s["part"], s["key"]): (s["before"], s["after"]) for s in body["settings"]}
    assert named["input", "data.jsonl"] == ('"aa"', '"bb"')
    assert named["rules", "rep.loop.version"] == ("1", "2")
    assert named["rules", "rep.char.n"] == (None, "50")


def test_evaluation_sets_and_earlier_runs_that_differ_are_named(engine: Engine) -> None:
    store_run(engine, "one", BASE, conditions='{"evaluation":["e1","{}"]}')
    store_run(engine, "two", BASE, conditions='{"against":["a","b"]}')
    _, body = compared(engine, "one", "two")
    named = {(s["part"], s["key"]): (s["before"], s["after"]) for s in body["settings"]}
    assert named["conditions", "evaluation"] == ('["e1","{}"]', None)
    assert named["conditions", "against"] == (None, '["a","b"]')


def test_run_against_itself_flips_nothing(two_runs: Engine) -> None:
    flips, body = compared(two_runs, "before", "before")
    assert not flips
    assert body["matched"] == len(BASE)
    assert body["settings"] == body["reasons_new"] == []
    assert body["only_before"] == body["only_after"] == {}


def test_pages_give_the_flips_of_the_whole(two_runs: Engine) -> None:
    whole, _ = compared(two_runs, "before", "after")
    for limit, max_scanned in ((1, 100), (2, 100), (100, 1), (100, 2), (1, 1)):
        pages: list[Flip] = []
        cursor, num_pages = None, 0
        while num_pages == 0 or cursor is not None:
            page = page_of_flips(
                two_runs, ("before", "after"), cursor=cursor, limit=limit, max_scanned=max_scanned
            )
            assert len(page.flips) <= limit
            pages += page.flips
            cursor, num_pages = page.cursor, num_pages + 1
            assert num_pages < 20
        assert pages == whole


@pytest.mark.parametrize("cursor", ["", "x" * 64, "0" * 63, "0" * 64 + ".", "0" * 64 + ".x",
                                    "0" * 64 + "." + "9" * 100, "'; DROP TABLE run"])  # fmt: skip
def test_foreign_cursor_is_refused(two_runs: Engine, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        page_of_flips(two_runs, ("before", "after"), cursor=cursor)


def test_unknown_and_unfinished_runs_are_refused(two_runs: Engine) -> None:
    store_run(two_runs, "open", [], state="running")
    with pytest.raises(InputError, match="'nobody'"):
        summarise(two_runs, "before", "nobody")
    with pytest.raises(InputError, match="open running"):
        page_of_flips(two_runs, ("open", "after"))


def in_memory(
    before: Sequence[StoredSample], after: Sequence[StoredSample]
) -> tuple[Counter[tuple[str, str]], Counter[str], Counter[str]]:
    """Align by content and occurrence the slow way."""
    sides: list[defaultdict[str, list[str]]] = [defaultdict(list), defaultdict(list)]
    for side, samples in zip(sides, (before, after), strict=True):
        for sample in samples:
            side[sample.sample_id].append(sample.outcome)
    moves: Counter[tuple[str, str]] = Counter()
    gone: Counter[str] = Counter()
    new: Counter[str] = Counter()
    for sample_id in {*sides[0], *sides[1]}:
        ones, others = sides[0][sample_id], sides[1][sample_id]
        moves.update(zip(ones, others, strict=False))
        gone.update(ones[len(others) :])
        new.update(others[len(ones) :])
    return moves, gone, new


SAMPLES = st.lists(
    st.builds(StoredSample, st.sampled_from("abcdef"), st.sampled_from(OUTCOMES)), max_size=12
)


def placed(samples: Sequence[StoredSample]) -> list[Placed]:
    seen: Counter[str] = Counter()
    rows = []
    for ordinal, sample in enumerate(samples):
        key = (sample.sample_id, seen[sample.sample_id])
        seen[sample.sample_id] += 1
        rows.append(Placed(key, ordinal, None, sample.outcome, None, "[]", ordinal))
    return sorted(rows)


@given(SAMPLES, SAMPLES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_alignment_is_that_of_a_plain_comparison(
    before: list[StoredSample], after: list[StoredSample]
) -> None:
    pairs = list(align(iter(placed(before)), iter(placed(after))))
    moves, gone, new = in_memory(before, after)
    assert Counter((a.outcome, b.outcome) for a, b in pairs if a and b) == moves
    assert Counter(a.outcome for a, b in pairs if a and not b) == gone
    assert Counter(b.outcome for a, b in pairs if b and not a) == new
    keys = [(a or b).key for a, b in pairs]  # type: ignore[union-attr]
    assert keys == sorted(set(keys))


def test_many_rows_on_the_database_give_the_plain_comparison(engine: Engine) -> None:
    before = [StoredSample(f"s{n % 611}", OUTCOMES[n % 5]) for n in range(2500)]
    after = [StoredSample(f"s{n % 701}", OUTCOMES[n % 3], source=f"q{n % 3}") for n in range(2400)]
    store_run(engine, "one", before)
    store_run(engine, "two", after)
    moves, gone, new = in_memory(before, after)
    body = summarise(engine, "one", "two")
    assert {(m["before"], m["after"]): m["samples"] for m in body["moves"]} == moves
    assert body["only_before"] == gone
    assert body["only_after"] == new
    flips, _ = compared(engine, "one", "two")
    assert len(flips) == body["flips"] == sum(n for (a, b), n in moves.items() if a != b)
