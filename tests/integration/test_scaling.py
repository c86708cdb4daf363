"""A run on an engine gives the bytes, counts and chain head of a run on one machine.

The engine of these tests works in this process, in random order, and repeats itself; the same on
Ray is in `test_ray`.
"""

import dataclasses
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.fakes.in_process_flow import InProcessFlow
from tests.integration.commands import ForkServer
from tests.integration.conftest import Job
from tests.integration.curated import OUTCOMES, manifest_of, outcome_bytes
from tests.integration.families import write_families
from tests.integration.scaled import assert_same_as_local, assert_same_audit, shard_bytes

from assay.configs import load_config
from assay.datasets.sources import expand_inputs
from assay.domain.errors import AuditError, ConfigError, InputError, RunStateError
from assay.rubrics import load_rubric
from assay_cli.judges import MakeEvidenceJudge
from assay_filter.curation.workspace import RunMark
from assay_filter.pipeline import Pipeline, RepairSettings
from assay_filter.scaling.curation import ScaleOrder, curate_at_scale
from assay_filter.scaling.settings import Sizes
from assay_filter.scaling.verification import verify_trail

ROUNDS = {"gathered_edges": 0, "pass_bytes": 1}  # components in rounds, keys kind by kind


def _order(inputs: Path, out: Path, pipeline: Path, **more: Any) -> ScaleOrder:
    judge = MakeEvidenceJudge()
    return ScaleOrder(
        sources=expand_inputs([str(inputs)]).sources,
        out_dir=out,
        pipeline=load_config(Pipeline, "pipelines", str(pipeline)),
        rubric=load_rubric("default"),
        judge=judge,
        judge_name=judge().name,
        judge_version=judge().version,
        **more,
    )


def _curate(order: ScaleOrder, seed: int = 0) -> None:
    curate_at_scale(InProcessFlow(seed), order, lambda _: None)


@pytest.fixture(scope="module")
def scaled(mixed: Path, pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on an engine; not to be changed."""
    out = tmp_path_factory.mktemp("scaled") / "out"
    _curate(_order(mixed, out, pipeline, sizes=Sizes(2, shard_samples=120)))
    return out


def test_what_a_dead_driver_left_changes_nothing(
    mixed: Path, pipeline: Path, scaled: Path, tmp_path: Path
) -> None:
    work = tmp_path / "out" / ".assay-work"
    work.mkdir(parents=True)
    (work / "tried-rules-000000").write_text("4")
    (work / "failed-1.json").write_text("{}")
    _curate(_order(mixed, tmp_path / "out", pipeline, sizes=Sizes(2, shard_samples=120)))
    assert shard_bytes(tmp_path / "out") == shard_bytes(scaled)


def test_unfinished_run_of_the_command_is_not_replaced_unasked(
    mixed: Path, pipeline: Path, tmp_path: Path
) -> None:
    work = tmp_path / "out" / ".assay-work"
    work.mkdir(parents=True)
    mark = RunMark("r", "0" * 64, "sqlite:///audit.db", ())
    (work / "run.json").write_text(json.dumps(dataclasses.asdict(mark)))
    with pytest.raises(RunStateError, match="unfinished run"):
        _curate(_order(mixed, tmp_path / "out", pipeline))
    assert (work / "run.json").exists()


def test_input_that_expands_without_end_is_refused(pipeline: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.jsonl.gz"
    bomb.write_bytes(gzip.compress(bytes(80 << 20)))
    with pytest.raises(InputError, match="expand"):
        _curate(_order(bomb, tmp_path / "out", pipeline, max_expansion=200))


@pytest.mark.parametrize(("num_parts", "sizes"), [(1, {}), (4, ROUNDS)])
def test_mixed_rows_end_as_on_one_machine(
    num_parts: int,
    sizes: dict[str, int],
    mixed: Path,
    pipeline: Path,
    undisturbed: Job,
    tmp_path: Path,
) -> None:
    cut = Sizes(num_parts, **sizes)
    _curate(_order(mixed, tmp_path / "out", pipeline, sizes=cut), seed=num_parts)
    assert_same_as_local(tmp_path / "out", undisturbed.out)


@pytest.mark.parametrize(("num_parts", "sizes"), [(1, {}), (7, ROUNDS)])
def test_families_of_copies_end_as_on_one_machine(
    num_parts: int, sizes: dict[str, int], families: Job, tmp_path: Path
) -> None:
    (path,) = families.inputs
    out, cut = tmp_path / "out", Sizes(num_parts, **sizes)
    _curate(_order(Path(str(path)), out, families.pipeline, sizes=cut), seed=num_parts)
    assert_same_as_local(out, families.out)
    reasons = {reason["reason"] for reason in manifest_of(out)["reasons"]}
    assert reasons >= {f"dedup.{how}" for how in ("exact", "near_exact", "near", "prompt_cap")}


@pytest.fixture(scope="module")
def families(server: ForkServer, pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("families")
    job = Job(server, folder, (write_families(folder / "families.jsonl"),), pipeline)
    done = job.curate()
    assert done.code == 0, done.err
    return job


def test_audit_in_parquet_is_that_of_the_database(scaled: Path, undisturbed: Job) -> None:
    assert_same_audit(scaled, undisturbed.folder / "audit.db")


def test_chain_is_derived_again_from_parquet_alone(scaled: Path, undisturbed: Job) -> None:
    assert verify_trail(scaled) == manifest_of(undisturbed.out)["chain_head"]


@pytest.mark.parametrize("table", ["event", "decision", "duplicate", "ledger"])
def test_row_removed_from_the_audit_is_found(table: str, scaled: Path, tmp_path: Path) -> None:
    shutil.copytree(scaled, tmp_path / "out")
    path = sorted((tmp_path / "out" / "audit" / table).glob("*.parquet"))[1]
    rows = pq.read_table(path, partitioning=None)
    pq.write_table(pa.concat_tables([rows.slice(0, 1), rows.slice(2)]), path)
    with pytest.raises(AuditError, match="expected"):
        verify_trail(tmp_path / "out")


def test_changed_decision_is_found(scaled: Path, tmp_path: Path) -> None:
    shutil.copytree(scaled, tmp_path / "out")
    path = sorted((tmp_path / "out" / "audit" / "decision").glob("*.parquet"))[1]
    rows = pq.read_table(path, partitioning=None)
    better = pc.replace_substring(rows["outcome"], "rejected", "accepted")
    changed = rows.set_column(rows.column_names.index("outcome"), "outcome", better)
    pq.write_table(changed, path)
    with pytest.raises(AuditError, match="of stage 'decide'"):
        verify_trail(tmp_path / "out")


def test_concatenated_outcomes_are_the_files_of_one_machine(
    mixed: Path, pipeline: Path, undisturbed: Job, tmp_path: Path
) -> None:
    order = _order(mixed, tmp_path / "out", pipeline, concatenate=True)
    _curate(dataclasses.replace(order, sizes=Sizes(shard_samples=100)))
    assert outcome_bytes(tmp_path / "out") == outcome_bytes(undisturbed.out)
    assert len(list((tmp_path / "out" / "shards").glob("accepted-*"))) > 2
    assert not list((tmp_path / "out").glob(".assay-work"))


def test_finished_folder_is_refused_and_overwritten_on_demand(
    few: Path, pipeline: Path, tmp_path: Path
) -> None:
    order = _order(few, tmp_path / "out", pipeline)
    _curate(order)
    with pytest.raises(RunStateError, match="to be empty"):
        _curate(order)
    _curate(dataclasses.replace(order, overwrite=True))
    assert set(manifest_of(tmp_path / "out")["outcomes"]) == set(OUTCOMES)


def test_repair_is_refused_before_anything_is_written(
    few: Path, pipeline: Path, tmp_path: Path
) -> None:
    order = _order(few, tmp_path / "out", pipeline)
    repairing = order.pipeline.model_copy(update={"repair": RepairSettings(enabled=True)})
    with pytest.raises(ConfigError, match="repair"):
        _curate(dataclasses.replace(order, pipeline=repairing))
    assert not (tmp_path / "out").exists()


def test_input_without_a_line_is_refused(pipeline: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"\n\n")
    with pytest.raises(InputError, match="found no line"):
        _curate(_order(tmp_path / "empty.jsonl", tmp_path / "out", pipeline))
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("judge", ["off", "evidence"])
def test_pipeline_without_deduplication_ends_as_on_one_machine(
    judge: str, mixed: Path, make_job: Callable[..., Job], tmp_path: Path
) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(
        "id: plain\nversion: 1\nrows_per_chunk: 100\nrules: {}\n"
        "dedup: {exact: false, near_exact: false, near: false, prompt_cap: 0}\n"
    )
    local = dataclasses.replace(make_job(), pipeline=path)
    assert local.curate("--judge", judge).code == 0
    order = _order(mixed, tmp_path / "out", path, sizes=Sizes(3))
    if judge == "off":
        order = dataclasses.replace(order, judge=None, judge_name="off", judge_version="0")
    _curate(order)
    assert_same_as_local(tmp_path / "out", local.out)


def test_command_without_ray_names_the_extra(few: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nsys.modules['ray'] = None\n"
        f"sys.argv = ['assay', 'curate-on-ray', {str(few)!r}, '--out', {str(tmp_path / 'out')!r}]\n"
        "from assay_cli.main import run\nrun()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "assay[scale]" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("found", ["-", "out/in.jsonl"])
def test_input_that_not_all_machines_read_is_refused(
    found: str, server: ForkServer, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "in.jsonl").write_bytes(b"{}\n")
    told = server.run(["curate-on-ray", found, "--out", "out"], cwd=tmp_path)
    assert told.code == 2, told.err
    assert "expected files" in told.err or "expected inputs outside of --out" in told.err
