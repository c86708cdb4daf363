"""Files that nobody should send: refused in one line, or rejected row by row, in little memory."""

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of, samples_of

GIBIBYTE = 1 << 30
GOOD = b'{"prompt": "Where is the harbour?", "completion": "It lies below the old town."}'

BAD_ROWS: Mapping[str, bytes] = {
    "input.not_utf8": b'{"prompt": "caf\xe9", "completion": "yes"}',
    "input.invalid_json": b'{"prompt": "cut',
    "input.too_deep": b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "input.not_an_object": b"[]",
    "input.no_conversation": b'{"a": 1}',
    "input.too_large": b'{"prompt": "' + b"x" * (17 << 20) + b'", "completion": "y"}',
}


@pytest.fixture
def job_over(make_job: Callable[..., Job], tmp_path: Path) -> Callable[[str, bytes], Job]:
    """Make a job over one file with the given content."""

    def make(name: str, content: bytes) -> Job:
        path = tmp_path / name
        path.write_bytes(content)
        return make_job(inputs=(path,))

    return make


def reasons_of_rejected(job: Job) -> list[list[str]]:
    rejected = (line for outcome, line in samples_of(job.out) if outcome == "rejected")
    return sorted(line["assay"]["reasons"] for line in rejected)


def test_bad_rows_are_rejected_with_their_reason_and_the_good_ones_go_on(
    job_over: Callable[[str, bytes], Job],
) -> None:
    rows = [
        row
        for bad in BAD_ROWS.values()
        for row in (bad, GOOD.replace(b"old", bad[:1].hex().encode()))
    ]
    job = job_over("bad.jsonl", b"\n".join(rows))
    done = job.curate()
    assert done.code == 0, done.err
    reasons = [
        line["assay"]["reasons"]
        for _, line in samples_of(job.out)
        if "raw" in line or "raw_base64" in line
    ]
    assert sorted(reasons) == sorted([rule] for rule in BAD_ROWS)
    assert manifest_of(job.out)["input"] == len(rows)
    assert job.verify().code == 0


@pytest.mark.parametrize("rule", BAD_ROWS)
def test_nothing_but_bad_lines_is_bad_input(
    rule: str, job_over: Callable[[str, bytes], Job]
) -> None:
    job = job_over("only.jsonl", BAD_ROWS[rule] + b"\n")
    done = job.curate()
    assert done.code == 2, done.err
    assert "nothing but bad lines" in done.err
    (sample,) = samples_of(job.out)
    assert sample[0] == "rejected"
    assert sample[1]["assay"]["reasons"] == [rule]
    assert len(json.dumps(sample[1])) < 1 << 20 or rule == "input.too_deep"


def test_line_of_a_gibibyte_is_refused_or_needs_little_memory(
    make_job: Callable[..., Job], tmp_path: Path
) -> None:
    path = tmp_path / "bomb.jsonl.zst"
    block = bytes(1 << 24)
    with path.open("wb") as raw, zstandard.ZstdCompressor().stream_writer(raw) as stream:
        for _ in range(GIBIBYTE // len(block)):
            stream.write(block)
        stream.write(b"\n" + GOOD + b"\n")
    job = make_job(inputs=(path,))
    idle = make_job("idle").server.run(["--help"], cwd=tmp_path).max_rss_bytes
    refused = job.curate("--workers", 1)
    assert refused.code == 2
    assert "expand at most 200 times" in refused.err and "ASSAY_MAX_EXPANSION" in refused.err
    allowed = {"ASSAY_MAX_EXPANSION": "1000000"}
    done = job.curate("--workers", 1, "--overwrite", env=allowed)
    assert done.code == 0, done.err
    assert done.max_rss_bytes < idle + (256 << 20)
    assert [
        line["assay"]["reasons"] for outcome, line in samples_of(job.out) if outcome == "rejected"
    ] == [["input.too_large"]]
    assert manifest_of(job.out)["input"] == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.jsonl.gz", gzip.compress(GOOD * 50, mtime=0)[:-20]),
        ("cut.jsonl.zst", zstandard.compress(GOOD)[:-9]),
    ],
    ids=["gzip", "zstd"],
)
def test_damaged_compressed_file_rejects_its_rest(
    name: str, content: bytes, job_over: Callable[[str, bytes], Job]
) -> None:
    job = job_over(name, content)
    done = job.curate()
    assert done.code == 2, done.err
    assert list(manifest_of(job.out)["formats"]) == ["unreadable"]
    assert next(iter(samples_of(job.out)))[1]["assay"]["reasons"] == ["input.corrupt_stream"]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"], ids=["empty", "blank", "BOM"]
)
def test_file_without_a_line_is_bad_input(
    content: bytes, job_over: Callable[[str, bytes], Job]
) -> None:
    done = job_over("empty.jsonl", content).curate()
    assert done.code == 2
    assert "found no line" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("missing.jsonl", "found nothing there"),
        ("folder", "found no file at all"),
        ("table.csv", "rename or convert"),
        ("named.jsonl.gz", "first bytes"),
        ("array.json", "JSON array"),
        ("/dev/zero", "pipe or device"),
    ],
)
def test_input_that_cannot_be_read_is_refused_before_anything_is_written(
    given: str, said: str, make_job: Callable[..., Job], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("table.csv", "named.jsonl.gz", "array.json"):
        (tmp_path / name).write_bytes(b"[" + GOOD + b"]")
    job = make_job(inputs=(given if given.startswith("/") else f"{tmp_path}/{given}",))
    done = job.curate()
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
    assert not job.out.exists()


def test_inputs_inside_the_output_folder_are_refused(
    few: Path, make_job: Callable[..., Job]
) -> None:
    job = make_job()
    (job.folder / "rows.jsonl").write_bytes(few.read_bytes())
    job = make_job("again", inputs=(job.folder,))
    out = job.folder.parent / "job" / "out"
    assert job.curate("--out", out).code == 0
    refused = job.curate("--out", out, "--overwrite")
    assert refused.code == 2
    assert "outside of --out" in refused.err
    assert (out / "manifest.json").exists()


def test_configuration_that_nests_without_end_is_refused(small_job: Job) -> None:
    for opened in (b"[", b"- ", b"{a: "):
        (small_job.folder / "deep.yaml").write_bytes(opened * 100_000)
        done = small_job.curate("--config", small_job.folder / "deep.yaml")
        assert done.code == 2
        assert "expected at most 64 levels" in done.err
        assert "Traceback" not in done.err
