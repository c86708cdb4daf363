"""What the guides say is so: commands exist, sessions show what happens, examples run."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import httpx
import pytest
import typer.main
import yaml
from pydantic import BaseModel
from tests.attacks.suite import ATTACKS
from tests.e2e.documents import (
    GUIDE,
    JUDGE_README,
    MANUALS,
    ROOT,
    CommandLine,
    blocks,
    commands,
    in_code_type,
    options_in,
    prose,
    table,
)
from tests.fakes.running_service import RunningService
from tests.fakes.vllm import FakeVllm
from tests.integration.commands import ForkServer
from typer.testing import CliRunner

from assay.configs import configs_folder, parse_config, read_yaml
from assay.domain.sample import Message, Sample
from assay.rubrics import load_rubric
from assay.web import problems
from assay.web.logs import open_log
from assay.web.settings import AccessSettings
from assay_cli.main import app
from assay_cli.remote_settings import RemoteSettings
from assay_cli.settings import CliSettings, FilterJudgeSettings, WorkerSettings
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.semantic.settings import EmbeddingSettings
from assay_filter.service.settings import FilterServiceSettings, HomeSettings
from assay_judge.cost.estimate import Estimator
from assay_judge.cost.prices import PriceTable
from assay_judge.service.app import make_app
from assay_judge.service.problems import KIND_OF_CODE, SCORING_KINDS
from assay_judge.service.settings import JudgeServiceSettings
from assay_rl_rewards.service.settings import RewardServiceSettings

SERVICE_URL = "http://127.0.0.1:8001"
DECISIONS = tuple(sorted(ROOT.glob("docs/decisions/*.md")))
# of vLLM, curl, pip and openssl, and the two that serve tests and benchmarks
FOREIGN_OPTIONS = options_in(" ".join(row[0] for row in table(GUIDE, "flag"))) | {
    "--structured-outputs-config",
    "--reasoning-parser",
    "--rm-type",  # of trainers
    "--rm-url",
    "--reward-key",
}


def all_commands() -> list[CommandLine]:
    """Every command line of the documents, each once a document."""
    found = [line for path in (*MANUALS, *DECISIONS) for line in commands(path)]
    return list({str(line): line for line in found}.values())


def known_options(command: Any) -> set[str]:
    return {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help"}


def resolve(words: list[str]) -> list[tuple[Any, list[str]]]:
    """Return the commands that words name (`verify|export` names two), each with its arguments."""
    command: Any = typer.main.get_command(app)
    for at, word in enumerate(words[1:], 1):
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            return [(command, words[at:])]
        assert set(word.split("|")) <= set(subcommands), f"no command {word!r}"
        if "|" in word:
            return [(subcommands[name], words[at + 1 :]) for name in word.split("|")]
        command = subcommands[word]
    return [(command, [])]


@pytest.mark.parametrize("line", all_commands(), ids=str)
def test_commands_options_and_choices_exist(line: CommandLine) -> None:
    for command, arguments in resolve(line.words):
        named = [word.strip("[]") for word in arguments]
        given = [word.partition("=")[0] for word in named if word.startswith("--")]
        assert {*given, *line.listed} <= known_options(command)
        for parameter in command.params:
            for option in set(parameter.opts) & set(named):
                value = (*named, "")[named.index(option) + 1]
                if value.islower():  # not a placeholder
                    assert value in (choices_of(parameter) or (value,))


def choices_of(parameter: Any) -> tuple[str, ...]:
    annotation = parameter.type_descriptor.annotation
    if get_origin(annotation) is UnionType:
        annotation = get_args(annotation)[0]  # the other one is None
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def test_choices_are_seen() -> None:
    ((command, _),) = resolve(["assay", "curate"])
    found = {o: choices_of(p) for p in command.params for o in p.opts}
    assert found["--judge-mode"] == ("fast", "standard", "thorough", "cascade")


def test_options_in_the_text_are_those_of_some_command() -> None:
    def every(command: Any) -> Iterator[Any]:
        yield command
        for inner in getattr(command, "commands", {}).values():
            yield from every(inner)

    known = {o for c in every(typer.main.get_command(app)) for o in known_options(c)}
    for path in MANUALS:
        named = options_in(" ".join(in_code_type(path)))
        assert named <= known | FOREIGN_OPTIONS, path


@pytest.mark.parametrize("path", MANUALS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_exist(path: Path) -> None:
    rooms = ("docs/", "configs/", "services/", "core/", "tests/", "benchmarks/", "examples/")
    for name in in_code_type(path):
        if name.startswith(rooms) and not set(name) & set("*{ "):
            assert (ROOT / name).exists(), name
        elif re.fullmatch(r"[a-z-]+\.md", name) and path.parent.name == "guides":
            assert (path.parent / name).exists(), name


def test_environment_variables_are_those_that_are_read() -> None:
    settings: tuple[tuple[str, type[BaseModel]], ...] = (
        ("ASSAY_", CliSettings),
        ("ASSAY_", AccessSettings),
        ("ASSAY_", HomeSettings),
        ("ASSAY_", RemoteSettings),
        ("ASSAY_", WorkerSettings),
        ("ASSAY_EMBEDDING_", EmbeddingSettings),
        ("ASSAY_FILTER_", FilterJudgeSettings),
        ("ASSAY_FILTER_", FilterServiceSettings),
        ("ASSAY_JUDGE_", JudgeServiceSettings),
        ("ASSAY_RL_REWARDS_", RewardServiceSettings),
    )
    read = {f"{prefix}{name}".upper() for prefix, s in settings for name in s.model_fields}
    for path in MANUALS:
        named = set(re.findall(r"\bASSAY_[A-Z_]+[A-Z]\b", path.read_text(encoding="utf-8")))
        assert named - {"ASSAY_JUDGE"} <= read, path


def test_session_of_the_guide(server: ForkServer, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    sessions = [block.text for block in blocks(GUIDE, "") if block.text.startswith("$ ")]
    assert len(sessions) == 1
    for session in sessions:
        command, *expected = session.strip().splitlines()
        arguments = shlex.split(command)[2:]
        done = server.run(arguments, cwd=tmp_path, env={"COLUMNS": "300"})
        assert done.code == 3, done.err  # as the text below it says
        assert expected == [line.rstrip() for line in (done.out + done.err).splitlines()]


def test_doctor_shows_what_the_guide_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (shown,) = [b.text.splitlines() for b in blocks(GUIDE, "") if "label mass" in b.text]
    with FakeVllm() as server:
        told = CliRunner().invoke(app, ["doctor", "--judge", f"{server.url}/v1"]).output
    told = told.replace(server.url, "http://localhost:8000")
    version = re.compile("version [0-9a-f]{12}")
    assert [version.sub("", line) for line in shown] == [
        version.sub("", line) for line in told.splitlines()[-len(shown) :]
    ]


def yaml_blocks() -> dict[str, str]:
    """The guide's YAML by the file name in its first line."""
    return {b.text.partition(":")[0].removeprefix("# "): b.text for b in blocks(GUIDE, "yaml")}


def test_yaml_of_the_guide_is_what_it_says() -> None:
    bodies = {name: yaml.safe_load(text) for name, text in yaml_blocks().items()}
    assert set(bodies) == {"prices.yaml", "pipeline.yaml"}
    prices = parse_config(PriceTable, bodies["prices.yaml"], "prices.yaml")
    assert prices.price_of("ibm-granite/granite-4.1-8b") is not None
    assert prices.price_of("vendor/judge-2") is not None
    base = read_yaml(configs_folder() / "pipelines/default.yaml")
    change = bodies["pipeline.yaml"]
    assert set(change) <= set(base)
    pipeline = parse_config(Pipeline, {**base, **change}, "pipeline.yaml")
    build_rules(pipeline)
    assert pipeline.repair.enabled
    assert pipeline.on_bad_turn == "mask"


@pytest.fixture(scope="module")
def service() -> Iterator[RunningService]:
    with RunningService(make_app(JudgeServiceSettings(), log=open_log(is_quiet=True))) as running:
        yield running


def requests_of(path: Path) -> list[list[str]]:
    """The words of each curl command; one is the last of its block."""
    texts = (block.text.replace("\\\n", "") for block in blocks(path, ""))
    return [shlex.split(text[text.index("curl ") :]) for text in texts if "curl " in text]


def post(words: list[str], service: RunningService) -> Any:
    headers = dict(
        words[at + 1].split(": ", 1) for at, word in enumerate(words[:-1]) if word == "-H"
    )
    (url,) = [word for word in words if word.startswith("http")]
    body = words[words.index("-d") + 1]
    answer = httpx.post(url.replace(SERVICE_URL, service.url), content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_curl_examples_are_answered_as_shown(service: RunningService) -> None:
    one, many = [post(words, service) for words in requests_of(GUIDE)]
    (shown,) = [json.loads(block.text) for block in blocks(GUIDE, "json")]
    assert one["verdict"] == shown
    assert ["error" in result for result in many["results"]] == [False, True]
    (short,) = [post(words, service) for words in requests_of(ROOT / "README.md")]
    assert short["verdict"]["decision"] == "reject"


def test_python_of_the_guide_runs(service: RunningService) -> None:
    (block,) = blocks(GUIDE, "python")
    assert SERVICE_URL in block.text
    done = subprocess.run(
        [sys.executable, "-c", block.text.replace(SERVICE_URL, service.url)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "reject 12 * 12 = 146\n", done.stderr


def test_python_of_the_readmes_runs() -> None:
    for block in blocks(JUDGE_README, "python"):
        exec(compile(block.text, str(JUDGE_README), "exec"), {})


def test_every_code_of_an_error_has_its_advice() -> None:
    told = {name for row in table(GUIDE, "you see") for name in re.findall(r"`(\w+)`", row[0])}
    assert {*KIND_OF_CODE, "budget"} <= told


def test_calls_of_the_modes_are_those_of_the_estimate() -> None:
    estimator = Estimator(load_rubric("default"))
    messages = (Message("user", "Name two rivers."), Message("assistant", "The Elbe, the Rhine."))
    estimator.add(Sample(messages))
    estimate = asyncio.run(estimator.finish())
    rows = {row[0].strip("`"): row for row in table(GUIDE, "mode")}
    assert set(rows) == {mode.mode.value for mode in estimate.modes}
    for mode in estimate.modes:
        low, high = mode.least.num_calls, mode.most.num_calls
        row = rows[mode.mode.value]
        assert ends(row[4]) == (low, high)
        texts, reads = ends(row[2]), ends(row[3])
        assert (texts[0] + reads[0], texts[1] + reads[1]) == (low, high)


def ends(cell: str) -> tuple[int, int]:
    low, _, high = cell.partition(" .. ")
    return int(low), int(high or low)


def test_memory_of_the_models_is_computed_right() -> None:
    rows = table(GUIDE, "model")
    assert len(rows) >= 5
    for name, billions, dimensions, weights, cache, _ in rows:
        layers, heads, size = map(int, dimensions.split(" x "))
        assert round(2 * float(billions)) == int(weights), name
        assert round(2 * layers * heads * size * 2 * 1000 / 1e6) == int(cache), name


def test_figures_of_the_attacks_are_those_of_the_suite() -> None:
    (found,) = re.findall(r"(\d+) attacks in (\d+) families and (\d+) languages", prose(GUIDE))
    families = {attack.family for attack in ATTACKS}
    languages = {attack.language for attack in ATTACKS}
    assert tuple(map(int, found)) == (len(ATTACKS), len(families), len(languages))


def test_table_of_settings_is_that_of_the_service() -> None:
    told = {row[0].strip("`"): row[1] for row in table(JUDGE_README, "variable")}
    fields = JudgeServiceSettings.model_fields
    assert set(told) == {f"ASSAY_JUDGE_{name}".upper() for name in fields}
    for name, default in ((n, f.get_default()) for n, f in fields.items()):
        shown = "none" if default is None else f"{default:g}" if is_float(default) else str(default)
        assert told[f"ASSAY_JUDGE_{name}".upper()] == shown, name


def is_float(value: object) -> bool:
    return isinstance(value, float)


def test_table_of_problems_is_that_of_the_service() -> None:
    told = {
        (slug, row[2] == "yes")
        for row in table(JUDGE_README, "status")
        for slug in re.findall(r"`([a-z-]+)`", row[1].replace("`Retry-After`", ""))
        if slug != "fields"
    }
    shared = [kind for kind in vars(problems).values() if isinstance(kind, problems.Kind)]
    kinds = {*shared, *SCORING_KINDS}
    assert told == {(kind.slug, kind.is_retryable) for kind in kinds}
    for row in table(JUDGE_README, "status"):
        statuses = {kind.status for kind in kinds if f"`{kind.slug}`" in row[1]}
        assert statuses == {int(number) for number in row[0].split(", ")}
