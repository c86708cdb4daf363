"""A rule or a judge that fails on a sample puts that sample into `error`, and ends no run."""

from typing import Any

import orjson
import pytest
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of, outcome_bytes, samples_of

pytestmark = pytest.mark.faults

TEXT = "lot 1"


@pytest.mark.parametrize(("where", "reason"), [("rule", "len.turns"), ("judge", "judge.error")])
def test_failing_sample_ends_in_error_and_the_run_says_so(
    where: str, reason: str, job: Job, undisturbed: Job
) -> None:
    done = job.curate(fault={"failing": TEXT, "where": where})
    assert done.code == 3, done.err
    in_error = [line for outcome, line in samples_of(job.out) if outcome == "error"]
    assert in_error
    for line in in_error:
        assert TEXT in orjson.dumps(line["messages"]).decode()
        assert line["assay"]["reasons"] == [reason]
        assert line["assay"]["overall"] is None
    others = {row: name for row, name in _outcomes(job).items() if name != "error"}
    expected = _outcomes(undisturbed)
    assert {row: expected[row] for row in others} == others
    assert len(others) + len(in_error) == len(expected)
    assert manifest_of(job.out)["outcomes"]["error"] == len(in_error)
    assert job.verify().code == 0


@pytest.mark.parametrize("where", ["rule", "judge"])
def test_copies_of_a_sample_in_error_share_its_state(where: str, job: Job, tmp_path: Any) -> None:
    rows = [
        {
            "id": f"{name}-{i}",
            "prompt": f"Tell me about {name}.",
            "completion": "It was sold.",
        }
        for name in ("lot 1", "lot 2")
        for i in range(3)
    ]
    path = tmp_path / "copies.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    done = job.server.run(
        ["curate", path, "--out", job.out, "--db", job.database, "--workers", 1],
        cwd=tmp_path,
        fault={"failing": TEXT, "where": where},
    )
    assert done.code == 3, done.err
    outcomes = {line["id"]: outcome for outcome, line in samples_of(job.out)}
    assert [outcomes[f"lot 1-{i}"] for i in range(3)] == ["error"] * 3
    assert [outcomes[f"lot 2-{i}"] for i in range(3)] == ["accepted", "duplicate", "duplicate"]
    told = job.server.run(["explain", "lot 1-1", "--db", job.database], cwd=tmp_path)
    assert "error:" in told.out


def _outcomes(job: Job) -> dict[str, str]:
    assert outcome_bytes(job.out)
    return {line["assay"]["row"]: outcome for outcome, line in samples_of(job.out)}
