"""Removing samples and runs: nothing of them is left in audit, files, report or index."""

import hashlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, text
from tests.fakes.audit_databases import filled_postgres_audit, filled_sqlite_audit
from tests.fakes.curated_runs import (
    CuratedRun,
    curate_rows,
    evidence_judge,
    queue_rows,
    some_rows,
    work_off,
)

from assay.audit.redaction import Warrant
from assay.audit.story import export_rows
from assay.audit.verification import RunCheck, verify_runs
from assay.domain.errors import InputError, OutputError, RunStateError
from assay_filter.index.adding import add_run
from assay_filter.index.managing import status
from assay_filter.removal import removing
from assay_filter.removal.removing import remove_contents, remove_run
from assay_filter.removal.rewriting import Rewritten
from assay_filter.runs.worker import Worker

WARRANT = Warrant("key-1", "asked for removal")
WORDS = b"counting 3 apples"
KINDS = ("sqlite", "postgresql")


class Curated:
    """A run that is curated once, to be opened by tests as often as they like.

    Its row names its folder, so the folder is put back where it was, beside a copy of the database.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.run = CuratedRun("", home)

    def __call__(self, engine: Engine) -> None:
        self.run = curate_rows(engine, self.home / "first", some_rows())
        shutil.copytree(self.run.out_dir, self.home / "kept")

    def put_back(self) -> CuratedRun:
        shutil.rmtree(self.run.out_dir, ignore_errors=True)
        shutil.copytree(self.home / "kept", self.run.out_dir)
        return self.run


@pytest.fixture(scope="module")
def curated_by_kind(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Curated]:
    return {kind: Curated(tmp_path_factory.mktemp(kind)) for kind in KINDS}


@pytest.fixture(params=KINDS)
def curated(request: pytest.FixtureRequest, curated_by_kind: dict[str, Curated]) -> Curated:
    return curated_by_kind[request.param]


@pytest.fixture
def engine(
    curated: Curated,
    curated_by_kind: dict[str, Curated],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[Engine]:
    """A database with that run."""
    if curated is curated_by_kind["sqlite"]:
        opened = filled_sqlite_audit(tmp_path / "audit.db", curated)
    else:
        opened = filled_postgres_audit(request.getfixturevalue("postgres_server"), curated)
    yield opened
    opened.dispose()


@pytest.fixture
def run(engine: Engine, curated: Curated) -> CuratedRun:
    return curated.put_back()


def checks(engine: Engine) -> list[RunCheck]:
    return list(verify_runs(engine))


def sample_id_of(run: CuratedRun, row_id: str) -> str:
    (found,) = (
        line["assay"]["sample_id"]
        for outcome in ("accepted", "borderline", "rejected")
        for line in run.lines(outcome)
        if line.get("id") == row_id
    )
    return str(found)


def holds(folder: Path, words: bytes) -> list[str]:
    return [
        path.name for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()
    ]


def test_removed_content_is_nowhere_and_the_audit_verifies(engine: Engine, run: CuratedRun) -> None:
    assert holds(run.out_dir, WORDS)
    (removal,) = remove_contents(engine, [sample_id_of(run, "row-3")], WARRANT)
    assert removal.ordinals == [2]
    assert removal.num_rows > 0
    assert len(removal.files) == 1
    assert holds(run.out_dir, WORDS) == []
    assert not [row for row in export_rows(engine) if WORDS in row or b'"row-3"' in row]
    (check,) = checks(engine)
    assert check.breach is None
    assert (check.num_redacted, check.num_files_changed) == (removal.num_rows, 1)


def test_all_rows_of_the_content_go_with_it(engine: Engine, run: CuratedRun) -> None:
    (removal,) = remove_contents(engine, [sample_id_of(run, "row-1")], WARRANT)
    assert len(removal.ordinals) == 3
    assert len(removal.files) == 2
    assert holds(run.out_dir, b"counting 1 apples") == []
    assert not [row for row in run.lines("duplicate") if row["id"] in ("row-1", "copy")]


def test_other_rows_keep_their_bytes(engine: Engine, run: CuratedRun) -> None:
    before = {o: run.lines(o) for o in ("accepted", "borderline", "rejected", "duplicate")}
    gone = sample_id_of(run, "row-3")
    remove_contents(engine, [gone], WARRANT)
    for outcome, lines in before.items():
        assert run.lines(outcome) == [li for li in lines if li["assay"]["sample_id"] != gone]


def test_manifest_names_the_files_of_today_and_their_changes(
    engine: Engine, run: CuratedRun
) -> None:
    before = orjson.loads((run.out_dir / "manifest.json").read_bytes())
    (removal,) = remove_contents(engine, [sample_id_of(run, "row-3")], WARRANT)
    after = orjson.loads((run.out_dir / "manifest.json").read_bytes())
    (name,) = removal.files
    data = (run.out_dir / name).read_bytes()
    assert after["files"][name] == {
        "rows": before["files"][name]["rows"] - 1,
        "num_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    (change,) = after["file_changes"]
    assert change["old_sha256"] == before["files"][name]["sha256"]
    assert change["reason"] == "asked for removal"
    assert {**after, "files": 0, "file_changes": 0} == {**before, "files": 0, "file_changes": 0}


def test_report_loses_the_examples_of_the_sample_alone(engine: Engine, run: CuratedRun) -> None:
    page = (run.out_dir / "report.html").read_bytes()
    gone = sample_id_of(run, "loops")
    assert gone[:16].encode() in page
    remove_contents(engine, [gone], WARRANT)
    after = (run.out_dir / "report.html").read_bytes()
    assert b"I can not do that at all" in page
    assert b"I can not do that at all" not in after
    assert b"removed on request" in after
    assert after.count(b"<div") == after.count(b"</div>")
    assert page.count(b"<h2") == after.count(b"<h2")
    assert b"555-0100" in after, "the examples of others stay"


def test_second_removal_changes_nothing(engine: Engine, run: CuratedRun) -> None:
    gone = [sample_id_of(run, "row-3")]
    remove_contents(engine, gone, WARRANT)
    files = {path.name: path.read_bytes() for path in run.out_dir.iterdir()}
    (again,) = remove_contents(engine, gone, WARRANT)
    assert (again.num_rows, again.files) == (0, ())
    assert {path.name: path.read_bytes() for path in run.out_dir.iterdir()} == files


def test_crash_before_the_files_take_their_places_is_mended(
    engine: Engine, run: CuratedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = [sample_id_of(run, "row-3")]

    def crash(_: Rewritten) -> None:
        raise OutputError("the power is gone")

    with monkeypatch.context() as patched, pytest.raises(OutputError, match="power"):
        patched.setattr(Rewritten, "put_in_place", crash)
        remove_contents(engine, gone, WARRANT)
    assert holds(run.out_dir, WORDS)
    (removal,) = remove_contents(engine, gone, WARRANT)
    assert removal.num_rows == 0
    assert holds(run.out_dir, WORDS) == []
    (check,) = checks(engine)
    assert (check.breach, check.num_files_changed) == (None, 1)


def test_file_that_a_stranger_changed_is_rewritten_and_named(
    engine: Engine, run: CuratedRun
) -> None:
    gone = sample_id_of(run, "row-3")
    for path in run.out_dir.glob("*.jsonl"):
        path.write_bytes(path.read_bytes().replace(b"apples twice", b"pears twice"))
    remove_contents(engine, [gone], WARRANT)
    assert holds(run.out_dir, b"counting 3 ") == []
    (check,) = checks(engine)
    assert check.breach is not None
    assert "file_change name=" in check.breach


def test_content_goes_from_every_run_or_from_one(
    engine: Engine, run: CuratedRun, tmp_path: Path
) -> None:
    second = curate_rows(engine, tmp_path / "second", some_rows())
    gone = [sample_id_of(run, "row-3")]
    (removal,) = remove_contents(engine, gone, WARRANT, run_id=second.id)
    assert removal.run_id == second.id
    assert holds(run.out_dir, WORDS)
    assert [r.num_rows > 0 for r in remove_contents(engine, gone, WARRANT)].count(True) == 1
    assert holds(run.out_dir, WORDS) == []
    assert [check.breach for check in checks(engine)] == [None, None]


def test_index_forgets_the_content(engine: Engine, run: CuratedRun) -> None:
    add_run(engine, run.id)
    before = status(engine).num_entries
    remove_contents(engine, [sample_id_of(run, "row-3")], WARRANT)
    assert status(engine).num_entries == before - 1


def test_run_at_work_keeps_its_content_until_it_ends(
    engine: Engine, run: CuratedRun, tmp_path: Path
) -> None:

    record = queue_rows(engine, tmp_path / "second", some_rows())
    worker = Worker(engine, evidence_judge, name="half way")
    assert worker.work_next() and worker.work_next()
    gone = [sample_id_of(run, "row-3")]
    with pytest.raises(RunStateError, match="to be done, found it running"):
        remove_contents(engine, gone, WARRANT)
    assert holds(run.out_dir, WORDS), "nothing was removed anywhere"
    with pytest.raises(RunStateError, match="cancel it"):
        remove_run(engine, record.id, WARRANT)
    work_off(engine)
    assert len(remove_contents(engine, gone, WARRANT)) == 2


def test_unknown_content_is_refused(engine: Engine, run: CuratedRun) -> None:
    with pytest.raises(InputError, match="found none"):
        remove_contents(engine, ["f" * 64], WARRANT)
    with pytest.raises(InputError, match="found none"):
        remove_run(engine, "absent", WARRANT)


def test_parquet_results_lose_the_row(audit_engine: Engine, tmp_path: Path) -> None:
    engine = audit_engine
    run = curate_rows(engine, tmp_path / "run", some_rows(), output_format="parquet")
    (path,) = (
        p for p in run.out_dir.glob("*.parquet") if "row-3" in pq.read_table(p)["id"].to_pylist()
    )
    before = pq.read_table(path)
    rows = [row for row in before.to_pylist() if row["id"] == "row-3"]
    gone = rows[0]["assay"]
    gone = orjson.loads(gone) if isinstance(gone, str) else gone
    (removal,) = remove_contents(engine, [gone["sample_id"]], WARRANT)
    assert removal.files == (path.name,)
    after = pq.read_table(path)
    assert after.to_pylist() == [row for row in before.to_pylist() if row["id"] != "row-3"]
    assert [check.breach for check in checks(engine)] == [None]


def test_results_that_were_moved_away_do_not_stop_a_removal(
    engine: Engine, run: CuratedRun, tmp_path: Path
) -> None:
    gone = sample_id_of(run, "row-3")
    run.out_dir.rename(tmp_path / "elsewhere")
    (removal,) = remove_contents(engine, [gone], WARRANT)
    assert removal.files == ()
    assert "accepted.jsonl" in removal.missing_files
    assert [check.breach for check in checks(engine)] == [None]


def test_removed_run_leaves_its_row_and_a_chain_that_verifies(
    engine: Engine, run: CuratedRun
) -> None:
    add_run(engine, run.id)
    head = checks(engine)[0].head
    num_rows = remove_run(engine, run.id, WARRANT)
    assert num_rows > 0
    assert not list(run.out_dir.iterdir())
    (check,) = checks(engine)
    assert (check.breach, check.head, check.num_redacted) == (None, head, num_rows)
    assert not [row for row in export_rows(engine) if b"apples" in row or b'"row-3"' in row]
    assert status(engine).num_entries == 0
    with engine.connect() as connection:
        state = connection.execute(text("SELECT state, counts FROM run")).one()
    assert state.state == "done"
    assert remove_run(engine, run.id, WARRANT) == 0


def test_what_others_put_into_the_folder_stays(engine: Engine, run: CuratedRun) -> None:
    (run.out_dir / "notes.txt").write_text("mine")
    remove_run(engine, run.id, WARRANT)
    assert [path.name for path in run.out_dir.iterdir()] == ["notes.txt"]


def test_two_removals_of_one_run_lose_no_row(engine: Engine, run: CuratedRun) -> None:
    gone = [sample_id_of(run, f"row-{n}") for n in range(2, 8)]
    failures: list[BaseException] = []

    def remove(sample_id: str) -> None:
        try:
            removing.remove_contents(engine, [sample_id], WARRANT)
        except BaseException as exc:  # noqa: BLE001  told below
            failures.append(exc)

    threads = [threading.Thread(target=remove, args=(sample_id,)) for sample_id in gone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    left = [line["assay"]["sample_id"] for line in run.lines("accepted")]
    assert not set(left) & set(gone)
    assert [check.breach for check in checks(engine)] == [None]
