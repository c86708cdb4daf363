"""`assay curate --judge URL`: a model behind a server judges, and rewrites what it can mend."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.fakes.mending_model import answer, is_rewrite, mending_model, response_of
from tests.fakes.relay import Relay
from tests.fakes.vllm import FakeVllm, Fault, Script
from tests.fakes.vllm_model import Messages
from tests.integration.commands import Finished, ForkServer
from tests.integration.conftest import Job
from tests.integration.curated import assert_same_results, manifest_of, samples_of
from tests.integration.judge_service.process import ServiceProcess

TOWNS = [
    *("Aldermouth", "Brackenfeld", "Corvina", "Dunmarsh", "Esterholt", "Fenwick", "Garlstone"),
    *("Hollenau", "Istervale", "Jarnwick", "Kestrelby", "Lindowan", "Marrowgate", "Nettleham"),
    *("Oskarby", "Pellworth", "Quarrybank", "Rosendal", "Silverthorn", "Tarnfoot", "Ulverdam"),
    *("Vesterlund", "Wickerby", "Yarrowdale"),
]
TRADES = ["glass", "cheese", "clocks", "salt", "ribbons", "barrels", "organs", "candles", "paper"]
PLACES = ["on a hill", "by a lake", "at a river mouth", "in a forest", "near the coast"]
YEARS = {2: "1987", 4: "1066", 5: "1500"}  # by row number modulo 6; the other rows name none
ROWS_PER_CHUNK = 8
PRICES = """
version: "test"
local: []
models: [{match: "tiny", prompt: 1.0, completion: 4.0}]
"""


@dataclass(frozen=True, slots=True)
class ModelJob:
    """A curate command whose judge is a model server, with a cache folder of its own."""

    job: Job
    url: str

    @property
    def out(self) -> Path:
        return self.job.out

    def curate(self, *more: object, **settings: Any) -> Finished:
        return self.job.curate("--judge", self.url, *more, env=self._env(), **settings)

    def assay(self, *arguments: object) -> Finished:
        return self.job.server.run(
            [*arguments, "--db", self.job.database], cwd=self.job.folder, env=self._env()
        )

    def lines(self, outcome: str | None = None) -> dict[str, Mapping[str, Any]]:
        """The lines of one outcome, or of all, by the user's id."""
        return {
            line["id"]: line
            for name, line in samples_of(self.out)
            if outcome is None or name == outcome
        }

    def _env(self) -> dict[str, str]:
        return {"XDG_CACHE_HOME": str(self.job.folder / "cache")}


MakeJob = Callable[..., ModelJob]


def said_of(number: int, year: str | None) -> str:
    town, trade = TOWNS[number % len(TOWNS)], TRADES[number % len(TRADES)]
    place = PLACES[number % len(PLACES)]
    founded = f" It was founded in {year}, as everybody there knows." if year else ""
    return f"{town} lies {place}.{founded}\nPeople go there for its {trade}, most of all in spring."


def row(number: int, *years: str | None) -> dict[str, Any]:
    """A conversation with one answer for each of `years`."""
    messages = []
    for at, year in enumerate(years):
        town = TOWNS[(number + at) % len(TOWNS)]
        messages += [
            {"role": "user", "content": f"Tell me about {town}, please; what is it known for?"},
            {"role": "assistant", "content": said_of(number + at, year)},
        ]
    return {"id": f"row-{number}", "messages": messages}


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "towns.jsonl"
    return write_rows(path, [row(n, YEARS.get(n % 6)) for n in range(24)])


@pytest.fixture(scope="module")
def model() -> Iterator[FakeVllm]:
    with FakeVllm(mending_model(), keeps_log=False) as running:
        yield running


@pytest.fixture(scope="module")
def make(server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> MakeJob:
    """Make jobs in folders of their own."""

    def make_job(url: str, rows: Path, *, repair: bool = True, on_bad_turn: str = "reject") -> Any:
        folder = tmp_path_factory.mktemp("job")
        pipeline = folder / "pipeline.yaml"
        pipeline.write_text(
            f"id: towns\nversion: 1\nrows_per_chunk: {ROWS_PER_CHUNK}\nrules: {{}}\n"
            f"repair: {{enabled: {str(repair).lower()}}}\non_bad_turn: {on_bad_turn}\n"
        )
        return ModelJob(Job(server, folder, (rows,), pipeline), url)

    return make_job


@pytest.fixture(scope="module")
def finished(make: MakeJob, model: FakeVllm, rows: Path) -> ModelJob:
    """A run that nothing disturbed."""
    job = make(model.url, rows)
    done = job.curate()
    assert done.code == 0, done.err
    return job


# repair


def test_what_the_model_could_mend_is_accepted_with_the_mended_text(finished: ModelJob) -> None:
    accepted = finished.lines("accepted")
    assert set(accepted) == {f"row-{n}" for n in range(24) if n % 6 not in (4, 5)}
    for n in range(2, 24, 6):
        line = accepted[f"row-{n}"]
        (question, response) = line["messages"]
        assert question["content"] == row(n, None)["messages"][0]["content"]
        assert response["content"] == said_of(n, "1987").replace("in 1987", "long ago")
        told = line["assay"]
        assert (told["edits"], told["fixes"]) == (1, ["repair.rewrite"])
        assert (told["defects"], told["overall"]) == ([], 4.98)
        assert told["judge"] == "tiny"
    untouched = accepted["row-0"]["assay"]
    assert (untouched["edits"], untouched["fixes"]) == (0, [])
    assert manifest_of(finished.out)["outcomes"]["error"] == 0


@pytest.mark.parametrize(("number", "year"), [(4, "1066"), (5, "1500")])
def test_what_it_could_not_mend_is_rejected_as_it_was(
    finished: ModelJob, number: int, year: str
) -> None:
    line = finished.lines("rejected")[f"row-{number}"]
    assert line["messages"][1]["content"] == said_of(number, year)
    told = line["assay"]
    assert told["reasons"] == ["defect.hallucination", "score.below_reject"]
    assert told["defects"] == [
        {
            "kind": "hallucination",
            "status": "verified",
            "quote": f"founded in {year}",
            "detector": "judge",
        }
    ]
    assert told["fixes"] == []


def test_explain_shows_what_was_changed_and_what_was_tried(finished: ModelJob) -> None:
    mended = finished.assay("explain", "row-2").out
    assert "turn 1 was rewritten for hallucination: reject (1.98) -> accept (4.98)" in mended
    assert "- 'in 1987, '" in mended
    assert "+ 'long ago, '" in mended
    assert "accepted: nothing speaks against it" in mended
    tried = finished.assay("explain", "row-4").out
    assert tried.count("is not better: reject (1.98) -> reject (1.98)") == 2
    left = finished.assay("explain", "row-5").out
    assert left.count("found the quote in it again") == 2


def test_audit_report_and_manifest_tell_of_the_repair(finished: ModelJob) -> None:
    assert finished.job.verify().code == 0
    report = (finished.out / "report.html").read_text()
    assert "repair.rewrite" in report
    assert "was rewritten for hallucination" in report
    assert '<span class="gone">1987,</span><span class="new">ago,</span>' in report
    manifest = manifest_of(finished.out)
    assert manifest["judge"]["name"] == "tiny"
    run = manifest["run"]["id"]
    again = finished.assay("redecide", run, "--rubric", "default", "--json")
    assert orjson.loads(again.out)["flips"] == 0


def test_the_same_run_again_asks_for_rewrites_alone_and_gives_the_same_bytes(
    finished: ModelJob, model: FakeVllm
) -> None:
    asked: list[bool] = []
    before = {path.name: path.read_bytes() for path in sorted(finished.out.glob("*.jsonl"))}
    with FakeVllm(_watched(lambda messages: asked.append(is_rewrite(messages)))) as other:
        done = replace(finished, url=other.url).curate("--overwrite")
    assert done.code == 0, done.err
    assert {path.name: path.read_bytes() for path in sorted(finished.out.glob("*.jsonl"))} == before
    assert asked and all(asked)  # judgements came from the cache


def test_a_masked_turn_is_mended_or_exported_with_weight_0(
    make: MakeJob, model: FakeVllm, tmp_path: Path
) -> None:
    talks = [row(0, None, "1987"), row(6, None, "1066"), row(12, "1066"), row(15, "1987", "1987")]
    job = make(model.url, write_rows(tmp_path / "talks.jsonl", talks), on_bad_turn="mask")
    done = job.curate()
    assert done.code == 0, done.err
    accepted = job.lines("accepted")
    assert set(accepted) == {"row-0", "row-6", "row-15"}
    mended, masked, both = (accepted[name]["messages"] for name in ("row-0", "row-6", "row-15"))
    assert all("weight" not in message for message in (*mended, *both))
    assert "long ago" in mended[3]["content"]
    assert accepted["row-15"]["assay"]["edits"] == 2
    assert [message.get("weight") for message in masked] == [None, 1, None, 0]
    assert "founded in 1066" in masked[3]["content"]
    assert set(job.lines("rejected")) == {"row-12"}


# a judge that goes, a budget that ends


def _watched(watch: Callable[[Messages], None]) -> Script:
    """The model, with `watch` told of each text that it is asked for."""

    def watched(messages: Messages, kind: str) -> str:
        watch(messages)
        return answer(messages, kind)

    return replace(mending_model(), answer=watched)


def _moment_of(messages: Messages) -> str:
    if is_rewrite(messages):
        return "rewrite"
    return "second look" if "long ago" in response_of(messages) else "evidence"


@pytest.mark.parametrize(
    ("moment", "number"), [("evidence", 5), ("rewrite", 2), ("second look", 0)]
)
def test_a_judge_that_dies_stops_the_run_which_goes_on_when_it_is_back(
    moment: str, number: int, finished: ModelJob, make: MakeJob, rows: Path
) -> None:
    met: list[str] = []

    def watch(messages: Messages) -> None:
        met.append(_moment_of(messages))
        if met[-1] == moment and met.count(moment) == number + 1:
            relay.cut()

    with FakeVllm(_watched(watch), keeps_log=False) as model, Relay(model.url) as relay:
        job = make(relay.url, rows)
        stopped = job.curate()
        assert stopped.code == 1, stopped.err
        assert "gives no answer" in stopped.err
        assert "--resume" in stopped.err
        assert not (job.out / "manifest.json").exists()
        relay.restore()
        done = job.curate("--resume")
    assert done.code == 0, done.err
    assert_same_results(job.out, finished.out)
    assert job.job.verify().code == 0


def test_a_judge_that_is_gone_only_for_a_moment_is_asked_again(
    finished: ModelJob, make: MakeJob, rows: Path
) -> None:
    with FakeVllm(mending_model(), keeps_log=False) as model:
        model.fault_for(lambda number, path: Fault(status=503) if number % 5 == 0 else None)
        job = make(model.url, rows)
        done = job.curate()
    assert done.code == 0, done.err
    assert_same_results(job.out, finished.out)


def test_a_spent_budget_stops_the_run_and_more_of_it_goes_on(
    finished: ModelJob, make: MakeJob, model: FakeVllm, rows: Path
) -> None:
    job = make(model.url, rows)
    limits = ["60k tokens", "200k tokens", "20M tokens"]
    codes: list[int] = []
    for limit in limits:
        done = job.curate("--budget", limit, *(["--resume"] if codes else []))
        codes.append(done.code)
        if done.code == 0:
            break
        assert "stopped by the budget" in done.err
        assert "--resume" in done.err
        assert not (job.out / "manifest.json").exists()
    assert codes[0] == 3
    assert codes[-1] == 0, done.err
    assert_same_results(job.out, finished.out)


def test_another_kind_of_budget_can_start_a_run_again(
    make: MakeJob, model: FakeVllm, rows: Path, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    job = make(model.url, rows)
    assert job.curate("--budget", "60k tokens").code == 3
    options = ("--budget", "5 usd", "--prices", prices)
    refused = job.curate("--resume", *options)
    assert refused.code == 2
    assert "expected the budget file" in refused.err
    done = job.curate("--overwrite", *options)
    assert done.code == 0, done.err


# what cannot be done


@pytest.mark.parametrize("judge", ["evidence", "off"])
def test_repair_needs_a_model(make: MakeJob, rows: Path, judge: str) -> None:
    done = make(judge, rows).curate()
    assert done.code == 2
    assert "repair.enabled" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("option", "value"), [("--judge-model", "tiny"), ("--budget", "2M tokens")]
)
def test_options_of_a_model_judge_are_refused_for_another(
    make: MakeJob, rows: Path, option: str, value: str
) -> None:
    done = make("evidence", rows, repair=False).curate(option, value)
    assert done.code == 2
    assert option in done.err


def test_nobody_at_the_address_is_said_before_anything_is_made(make: MakeJob, rows: Path) -> None:
    done = make("http://127.0.0.1:9", rows).curate()
    assert done.code == 1
    assert "found nobody" in done.err


def test_a_judge_service_judges_a_run_and_cannot_rewrite(
    finished: ModelJob, make: MakeJob, model: FakeVllm, rows: Path
) -> None:
    with ServiceProcess("--backend-url", model.url) as service:
        service.until_ready()
        job = make(service.url, rows, repair=False)
        done = job.curate()
        assert done.code == 0, done.err
        refused = make(service.url, rows).curate()
    assert refused.code == 2
    assert "cannot rewrite" in refused.err
    lines, expected = job.lines(), finished.lines()
    for name, line in expected.items():
        if "repair.rewrite" not in line["assay"]["fixes"]:
            assert lines[name]["assay"]["scores"] == line["assay"]["scores"]
            assert lines[name]["assay"]["outcome"] == line["assay"]["outcome"]
        else:
            assert lines[name]["assay"]["outcome"] == "rejected"
