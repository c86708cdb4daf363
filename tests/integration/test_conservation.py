"""Nothing is lost, nothing is without a reason, and every fix can be undone."""

import gzip
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of, samples_of

from assay.datasets.canonical import sample_id
from assay.domain.action import Edit
from assay_filter.rules.edits import undo_edits

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def curated_examples(server: Any, pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    job = Job(server, tmp_path_factory.mktemp("examples"), (EXAMPLES,), pipeline)
    done = job.curate()
    assert done.code == 0, done.err
    return job


@pytest.fixture(params=["mixed", "examples"])
def finished(request: pytest.FixtureRequest, undisturbed: Job, curated_examples: Job) -> Job:
    return undisturbed if request.param == "mixed" else curated_examples


def rows_in(path: Path) -> list[str]:
    """Return the addresses of the rows of an input, read by other means than the product's."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompress(data)
    return [f"{path}:{n}" for n, line in enumerate(data.split(b"\n"), 1) if line.strip()]


def fixes_of(job: Job) -> Mapping[str, Sequence[Edit]]:
    """Return the edits of each fixed sample in the order in which they were made."""
    query = (
        "SELECT sample.file, sample.line, event.edits FROM event JOIN sample USING (run_id, "
        "ordinal) WHERE event.action = 'fix' ORDER BY event.ordinal, event.seq"
    )
    fixes: defaultdict[str, list[Edit]] = defaultdict(list)
    with sqlite3.connect(job.folder / "audit.db") as connection:
        for file, line, edits in connection.execute(query):
            fixes[f"{file}:{line}"] += [Edit(*edit) for edit in orjson.loads(edits)]
    return fixes


def test_each_row_ends_in_exactly_one_file(finished: Job) -> None:
    (folder,) = finished.inputs
    addresses = [row for path in sorted(Path(str(folder)).iterdir()) for row in rows_in(path)]
    written = Counter(line["assay"]["row"] for _, line in samples_of(finished.out))
    assert written == Counter(addresses)
    manifest = manifest_of(finished.out)
    assert manifest["input"] == len(addresses) == sum(manifest["outcomes"].values())
    assert Counter(name for name, _ in samples_of(finished.out)) == Counter(
        {name: number for name, number in manifest["outcomes"].items() if number}
    )


def test_input_has_every_outcome_but_error(undisturbed: Job) -> None:
    outcomes = manifest_of(undisturbed.out)["outcomes"]
    assert outcomes.pop("error") == 0
    assert min(outcomes.values()) > 3, outcomes


def test_all_that_is_not_accepted_has_a_reason(finished: Job) -> None:
    for outcome, line in samples_of(finished.out):
        assert line["assay"]["outcome"] == outcome
        if outcome != "accepted":
            assert line["assay"]["reasons"], line
            assert all(line["assay"]["reasons"])


def test_every_duplicate_names_a_kept_sample(finished: Job) -> None:
    kept, partners = {}, []
    for outcome, line in samples_of(finished.out):
        if outcome in ("accepted", "borderline"):
            kept[line["assay"]["row"]] = line["assay"]["sample_id"]
        if outcome == "duplicate":
            partners.append(line["assay"]["duplicate_of"])
    assert partners
    for partner in partners:
        assert kept[partner["row"]] == partner["sample_id"]


def test_undoing_the_edits_gives_back_the_sample_as_read(finished: Job) -> None:
    fixes = fixes_of(finished)
    assert len(fixes) >= 5
    lines = {line["assay"]["row"]: line for _, line in samples_of(finished.out)}
    for row, edits in fixes.items():
        line = lines[row]
        payload = {key: line[key] for key in ("messages", "tools", "documents") if key in line}
        assert len(edits) == line["assay"]["edits"]
        assert sample_id(undo_edits(payload, edits)) == line["assay"]["sample_id"], row


def test_unfixed_samples_leave_as_they_came(finished: Job) -> None:
    num_seen = 0
    for _, line in samples_of(finished.out):
        if "messages" in line and not line["assay"]["edits"]:
            payload = {key: line[key] for key in ("messages", "tools", "documents") if key in line}
            assert sample_id(payload) == line["assay"]["sample_id"]
            num_seen += 1
    assert num_seen > 20


def test_bad_lines_keep_their_bytes(undisturbed: Job) -> None:
    from base64 import b64decode

    from tests.integration.mixed_rows import BAD_LINES

    raw = {
        line["raw"].encode() if "raw" in line else b64decode(line["raw_base64"])
        for outcome, line in samples_of(undisturbed.out)
        if outcome == "rejected" and ("raw" in line or "raw_base64" in line)
    }
    assert raw == set(BAD_LINES)


def test_copies_of_rejected_rows_are_rejected(undisturbed: Job) -> None:
    outcome_of = {line.get("id"): outcome for outcome, line in samples_of(undisturbed.out)}
    copies = {name: outcome for name, outcome in outcome_of.items() if name and "copy" in name}
    assert "rejected" in copies.values() and "duplicate" in copies.values()
    for name, outcome in copies.items():
        if outcome_of[name.rpartition("of-")[2]] == "rejected":
            assert outcome == "rejected", name


def test_manifest_counts_the_reasons_of_the_lines(finished: Job) -> None:
    counted = Counter(
        (outcome, reason)
        for outcome, line in samples_of(finished.out)
        for reason in line["assay"]["reasons"]
    )
    listed = {
        (r["outcome"], r["reason"]): r["samples"] for r in manifest_of(finished.out)["reasons"]
    }
    assert listed == counted
