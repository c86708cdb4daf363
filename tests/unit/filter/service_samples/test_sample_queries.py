"""Pages of samples and figures over stored runs: complete, in order, at a bounded cost."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, insert
from tests.fakes.audit_databases import Fill, filled_postgres_audit, filled_sqlite_audit
from tests.fakes.stored_runs import StoredSample, store_run

from assay.audit import tables
from assay.domain.errors import InputError, RunStateError
from assay_filter.service.sample_queries import SampleFilter, page_of_samples
from assay_filter.service.sample_reviews import add_review
from assay_filter.service.sample_stats import Statistics, _kappa, agreement, count_run

SAMPLES = [
    StoredSample(
        f"text {at}",
        outcome="accepted" if at % 3 else "rejected",
        overall=None if at % 5 == 0 else 1000 + at * 100,
        source="forum" if at < 10 else None,
        reasons=["rep.loop"] if at == 7 else (),
        events=[("judge", "tmpl.x", "flag")] if at in (8, 21) else (),
        scores={"correctness": 1000 + at * 100, "conciseness": None} if at % 2 else None,
        more={"language": "de"} if at == 4 else {},
    )
    for at in range(30)
]


def fill(engine: Engine) -> None:
    for number in range(3):
        store_run(engine, f"r{number}", SAMPLES, created_at=f"2026-01-0{number + 1}T00:00:00.000Z")


@pytest.fixture
def engine(filled_audit: Callable[[Fill], Engine]) -> Engine:
    """Three runs, for a test that writes."""
    return filled_audit(fill)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Three runs, for tests that only read."""
    if request.param == "sqlite":
        opened = filled_sqlite_audit(tmp_path_factory.mktemp("stored") / "audit.db", fill)
    else:
        opened = filled_postgres_audit(request.getfixturevalue("postgres_server"), fill)
    yield opened
    opened.dispose()


def pages(
    engine: Engine, wanted: SampleFilter, limit: int, max_scanned: int
) -> Iterator[list[tuple[str, int]]]:
    cursor = None
    for _ in range(1000):
        page = page_of_samples(engine, wanted, cursor=cursor, limit=limit, max_scanned=max_scanned)
        assert len(page.samples) <= limit
        yield [(row["run"], row["ordinal"]) for row in page.samples]
        cursor = page.cursor
        if cursor is None:
            return
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("limit", [1, 7, 200])
@pytest.mark.parametrize("max_scanned", [1, 4, 1000])
def test_pages_hold_every_sample_once_in_order(
    stored: Engine, limit: int, max_scanned: int
) -> None:
    found = [key for page in pages(stored, SampleFilter(), limit, max_scanned) for key in page]
    assert found == [(run, at) for run in ("r2", "r1", "r0") for at in range(30)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (SampleFilter(run_id="r1", outcome="rejected"), list(range(0, 30, 3))),
        (SampleFilter(run_id="r1", source="forum"), list(range(10))),
        (SampleFilter(run_id="r1", language="de"), [4]),
        (SampleFilter(run_id="r1", type="math"), []),
        (SampleFilter(run_id="r1", rule="tmpl.x"), [8, 21]),
        (SampleFilter(run_id="r1", rule="rep.loop"), [7]),
        (SampleFilter(run_id="r1", rule="rep_loop"), []),
        (SampleFilter(run_id="r1", min_overall=3700), [27, 28, 29]),
        (SampleFilter(run_id="r1", max_overall=1200), [1, 2]),
        (SampleFilter(run_id="r1", min_overall=1300, max_overall=1600), [3, 4, 6]),
        (SampleFilter(run_id="r1", rule="tmpl.x", source="forum"), [8]),
        (SampleFilter(run_id="r1", name="u9"), [9]),
        (SampleFilter(run_id="r1", name="data.jsonl:10"), [9]),
        (SampleFilter(run_id="r1", name="r1:data.jsonl:10"), [9]),
        (SampleFilter(run_id="r1", name="r0:data.jsonl:10"), []),
        (SampleFilter(run_id="absent"), []),
    ],
)
def test_filters_find_what_they_name(
    stored: Engine, wanted: SampleFilter, expected: list[int]
) -> None:
    for limit, max_scanned in ((200, 50_000), (2, 3)):
        found = [key for page in pages(stored, wanted, limit, max_scanned) for key in page]
        assert found == [("r1", ordinal) for ordinal in expected]


def test_page_looks_at_so_many_rows_only(stored: Engine) -> None:
    page = page_of_samples(stored, SampleFilter(language="xx"), limit=10, max_scanned=12)
    assert page.samples == []
    assert page.cursor == "r2.11"


def test_page_looks_at_so_many_runs_only(engine: Engine) -> None:
    for number in range(45):
        store_run(engine, f"empty{number:02}", [], created_at="2026-02-01T00:00:00.000Z")
    found = list(pages(engine, SampleFilter(), 200, 50_000))
    assert [len(page) for page in found] == [0, 0, 90]


def test_number_of_statements_does_not_grow_with_the_page(engine: Engine) -> None:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    page_of_samples(engine, SampleFilter(run_id="r1"), limit=200)
    assert len(statements) <= 3


@pytest.mark.parametrize("cursor", ["", ".", "r1", "r1.x", "r1.1e3", "absent.4", "r1.-", "r0.3"])
def test_foreign_cursor_is_refused(stored: Engine, cursor: str) -> None:
    run_id = "r1" if cursor == "r0.3" else None
    with pytest.raises(InputError, match="expected a cursor"):
        page_of_samples(stored, SampleFilter(run_id=run_id), cursor=cursor)


def test_figures_count_worst_turns_and_bins(engine: Engine) -> None:
    with engine.begin() as connection:  # a second turn of sample 1, better and worse than the first
        for turn, score in ((3, 4900), (5, 1000)):
            connection.execute(
                insert(tables.judgement).values(
                    run_id="r1",
                    ordinal=1,
                    turn=turn,
                    judge="e",
                    version="1",
                    basis="evidence",
                    scores=f'{{"correctness":{score}}}',
                )
            )
    figures = count_run(engine, "r1")
    bins = {b["from"]: b["samples"] for b in figures["overall"]["bins"]}
    overalls = [1000 + at * 100 for at in range(30) if at % 5]
    assert bins == {x: sum(o // 250 * 0.25 == x for o in overalls) for x in bins}
    assert figures["overall"]["without_score"] == 6
    correctness = figures["dimensions"]["correctness"]
    assert {b["from"]: b["samples"] for b in correctness["bins"]}[1.0] == 1
    assert sum(b["samples"] for b in correctness["bins"]) == 15
    assert figures["dimensions"]["conciseness"] == {"bins": [], "without_score": 15}
    (other, forum) = figures["sources"]
    assert (other["label"], other["samples"], forum["samples"]) == ("(none)", 20, 10)
    assert forum["outcomes"] == {"accepted": 6, "rejected": 4}


def test_many_labels_end_in_one(engine: Engine) -> None:
    samples = [StoredSample(f"t{at}", source=f"s{at}") for at in range(230)]
    store_run(engine, "many", samples)
    sources = count_run(engine, "many")["sources"]
    assert len(sources) == 201
    assert (sources[-1]["label"], sources[-1]["samples"]) == ("(other)", 30)


def test_figures_of_finished_runs_are_counted_once(engine: Engine) -> None:
    statistics = Statistics(engine)
    first = statistics.of_run("r1", is_done=True)
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    assert statistics.of_run("r1", is_done=True) == first
    asked = [statement for statement in statements if statement != "BEGIN"]
    assert len(asked) == 1, "reviews alone are counted again"


def test_review_of_an_open_sample_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        values = {"run_id": "r1", "ordinal": 99, "sample_id": "ab", "file": "f", "line": 1}
        connection.execute(insert(tables.sample).values(**values, format="messages"))
    with pytest.raises(RunStateError, match="found it open"):
        add_review(engine, "r1", 99, reviewer="k", said="accept", comment=None)


def test_reviews_at_the_same_time_get_numbers_of_their_own(engine: Engine) -> None:
    import threading

    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                add_review(engine, "r1", 3, reviewer="k", said="accept", comment=None)
        except BaseException as exc:  # noqa: BLE001  told below
            failures.append(exc)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    last = add_review(engine, "r1", 3, reviewer="k", said="reject", comment=None)
    assert last.seq == 15
    assert agreement(engine, "r1")["by_outcome"] == {"rejected": {"reject": 1}}


@given(st.dictionaries(
    st.tuples(st.sampled_from(["accepted", "rejected", "borderline", "duplicate"]),
              st.sampled_from(["accept", "reject", "needs_fix"])),
    st.integers(1, 50),
))  # fmt: skip
def test_kappa_is_one_only_where_all_agree(counted: dict[tuple[str, str], int]) -> None:
    observed, kappa = _kappa(counted)
    if observed is None:
        assert kappa is None
        return
    assert 0 <= observed <= 1
    if kappa is not None:
        assert -1 <= kappa <= 1 + 1e-9
        assert (kappa > 1 - 1e-9) == (observed == 1)
