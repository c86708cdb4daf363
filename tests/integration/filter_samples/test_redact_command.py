"""`assay audit redact`: removes a sample of the laptop's runs, and says what it did."""

from pathlib import Path

import pytest
from tests.fakes.curated_runs import CuratedRun, curate_rows, some_rows
from typer.testing import CliRunner

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade
from assay.domain.errors import AuditError, InputError
from assay_cli.main import app


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'audit.db'}"


@pytest.fixture
def run(database: str, tmp_path: Path) -> CuratedRun:
    engine = open_engine(database)
    upgrade(engine)
    return curate_rows(engine, tmp_path / "run", some_rows())


def assay(*words: str) -> str:
    done = CliRunner().invoke(app, words, catch_exceptions=False, env={"COLUMNS": "300"})
    assert done.exit_code == 0, done.output
    return done.output


def test_sample_is_removed_and_the_audit_tells(run: CuratedRun, database: str) -> None:
    said = assay(
        "audit", "redact", "row-3", "--reason", "request 7", "--actor", "desk", "--db", database
    )
    assert f"run {run.id}: 1 sample(s), " in said
    assert "jsonl rewritten" in said
    verified = assay("audit", "verify", "--db", database)
    assert "rows redacted, 1 files rewritten since, head" in verified
    told = assay("explain", "data.jsonl:3", "--db", database)
    assert "by desk: request 7" in told
    assert "apples" not in told


def test_removal_from_a_folder_that_is_gone_says_so(
    run: CuratedRun, database: str, tmp_path: Path
) -> None:
    run.out_dir.rename(tmp_path / "elsewhere")
    said = assay("audit", "redact", "row-3", "--reason", "request 7", "--db", database)
    assert "accepted.jsonl is not in its folder; clean it yourself" in said


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("nobody", "--reason", "x"), AuditError),
        (("row-3", "--reason", " "), InputError),
        (("row-3", "--reason", "x", "--run", "absent"), AuditError),
    ],
)
def test_what_cannot_be_removed_is_refused(
    run: CuratedRun, database: str, words: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error, match="expected"):
        CliRunner().invoke(
            app, ["audit", "redact", *words, "--db", database], catch_exceptions=False
        )
