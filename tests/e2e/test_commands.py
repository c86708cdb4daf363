"""The commands around a run: help, doctor, db; and what a run says while it works."""

from pathlib import Path

import pytest
from tests.integration.commands import ForkServer, run_command
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of

HELP = {
    (): ("curate", "explain", "doctor", "audit", "db"),
    ("curate",): ("--out", "--resume", "--overwrite", "--judge", "--workers", "--format"),
    ("explain",): ("--json", "--all", "--run"),
    ("doctor",): ("--db",),
    ("audit",): ("verify", "export"),
    ("audit", "verify"): ("--manifest",),
    ("audit", "export"): ("--out",),
    ("db",): ("upgrade",),
    ("db", "upgrade"): ("--db",),
}


@pytest.mark.parametrize("command", HELP, ids=" ".join)
def test_help_names_every_option(
    command: tuple[str, ...], server: ForkServer, tmp_path: Path
) -> None:
    shown = server.run([*command, "--help"], cwd=tmp_path)
    assert shown.code == 0
    for word in HELP[command]:
        assert word in shown.out


def test_unknown_command_is_refused(server: ForkServer, tmp_path: Path) -> None:
    assert server.run(["curtail"], cwd=tmp_path).code == 2


def test_doctor_finds_a_sound_machine_and_names_what_is_not_there(
    server: ForkServer, tmp_path: Path
) -> None:
    shown = server.run(["doctor", "--db", "sqlite:///none.db"], cwd=tmp_path)
    assert shown.code == 0, shown.out
    for word in ("rubric", "configurations", "evidence judge", "compiled dedup", "free disk"):
        assert f"ok   {word}" in shown.out
    assert "-    audit database" in shown.out
    assert not (tmp_path / "none.db").exists()


def test_doctor_fails_on_a_broken_database(server: ForkServer, tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_bytes(b"no database" * 1000)
    shown = server.run(["doctor", "--db", "sqlite:///audit.db"], cwd=tmp_path)
    assert shown.code == 1
    assert "FAIL audit database" in shown.out


def test_database_can_be_made_ahead_and_upgraded_again(server: ForkServer, tmp_path: Path) -> None:
    for _ in range(2):
        done = server.run(["db", "upgrade", "--db", "sqlite:///audit.db"], cwd=tmp_path)
        assert done.code == 0, done.err
        assert done.out.startswith("revision ")
    assert server.run(["audit", "verify", "--db", "sqlite:///audit.db"], cwd=tmp_path).code == 0
    assert server.run(["doctor", "--db", "sqlite:///audit.db"], cwd=tmp_path).code == 0


def test_database_of_the_environment_is_used(server: ForkServer, few: Path, tmp_path: Path) -> None:
    env = {"ASSAY_DATABASE_URL": "sqlite:///mine.db"}
    done = server.run(["curate", few, "--out", "out"], cwd=tmp_path, env=env)
    assert done.code == 0, done.err
    assert (tmp_path / "mine.db").exists()
    assert server.run(["audit", "verify"], cwd=tmp_path, env=env).code == 0


def test_log_has_plain_lines_where_it_is_no_terminal(undisturbed: Job) -> None:
    job = Job(undisturbed.server, undisturbed.folder, undisturbed.inputs, undisturbed.pipeline)
    done = job.curate("--out", job.folder / "logged")
    lines = done.err.splitlines()
    total = manifest_of(undisturbed.out)["input"]
    assert done.out == ""
    assert "\x1b" not in done.err
    for stage in ("rules", "judge", "decide", "export"):
        assert sum(line.startswith(f"{stage}: started (") for line in lines) == 1
        (end,) = [line for line in lines if line.startswith(f"{stage}: done, ")]
        assert f" {total} samples" in end
    assert any(line.startswith(f"{total} samples: accepted ") for line in lines)
    for word in ("results", "manifest", "report", "assay explain"):
        assert any(word in line for line in lines[-6:])


def test_paths_are_told_as_they_are(small_job: Job) -> None:
    out = small_job.folder / f"[bold]out[/] {'x' * 120}"
    done = small_job.curate("--out", out, env={"COLUMNS": "80"})
    assert done.code == 0, done.err
    assert f"results  {out}\n" in done.err
    assert str(out) in small_job.curate("--out", out, env={"COLUMNS": "80"}).err


@pytest.mark.slow
def test_real_command_curates_from_a_pipe(few: Path, tmp_path: Path) -> None:
    done = run_command(["curate", "-", "--out", "out"], cwd=tmp_path, stdin=few.read_bytes())
    assert done.code == 0, done.err
    assert (tmp_path / "out" / "report.html").exists()
    assert run_command(["audit", "verify"], cwd=tmp_path).code == 0
