"""docker-compose.yml: its schema, its references, and the rules that every service keeps."""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings
from tests.integration.deployment.compose_file import (
    EXAMPLE,
    FILE,
    ROOT,
    Composition,
    Service,
    image_environment,
    read_composition,
    read_raw,
    read_variables,
    references,
)

from assay.client.judge import JudgeClient
from assay.web.settings import AccessSettings
from assay_cli.settings import CliSettings, FilterJudgeSettings, WorkerSettings
from assay_filter.service.settings import FilterServiceSettings, HomeSettings
from assay_judge.service.settings import JudgeServiceSettings
from assay_rl_rewards.service.settings import RewardServiceSettings

SECRET_NAMES = ("PASSWORD", "KEY", "KEYS", "TOKEN")
SETTINGS: tuple[type[BaseSettings], ...] = (
    AccessSettings,
    CliSettings,
    FilterJudgeSettings,
    FilterServiceSettings,
    HomeSettings,
    JudgeServiceSettings,
    RewardServiceSettings,
    WorkerSettings,
)
# Which settings each of our services reads: what it is given beyond them is a mistake.
READ_BY: dict[str, tuple[type[BaseSettings], ...]] = {
    "migrate": (CliSettings,),
    "judge": (AccessSettings, JudgeServiceSettings),
    "filter": (
        AccessSettings,
        CliSettings,
        FilterJudgeSettings,
        FilterServiceSettings,
        HomeSettings,
    ),
    "rl-rewards": (AccessSettings, RewardServiceSettings),
    "filter-worker": (CliSettings, FilterJudgeSettings, FilterServiceSettings, WorkerSettings),
}
STACK = ("db", "redis", "migrate", "judge", "filter", "filter-worker", "rl-rewards")
COMPOSE_PROGRAMS = (
    "/usr/libexec/docker/cli-plugins/docker-compose",
    "/usr/lib/docker/cli-plugins/docker-compose",
    "/usr/local/lib/docker/cli-plugins/docker-compose",
)


def filled_in() -> dict[str, str]:
    """The example with something for each secret."""
    filled = read_variables(EXAMPLE)
    return {name: value or f"{name.lower()}-0123456789abcdef" for name, value in filled.items()}


@pytest.fixture(scope="module")
def composition() -> Composition:
    return read_composition(filled_in())


SERVICES = sorted(read_raw()["services"])
each_service = pytest.mark.parametrize("name", SERVICES)


def test_the_file_fits_the_schema_of_compose() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", FILE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_reference_leads_somewhere(composition: Composition) -> None:
    spec, services = composition.spec, composition.services
    used_volumes, used_networks = set(), set()
    for service in services.values():
        for other, condition in service.conditions.items():
            assert other in services
            if condition == "service_healthy":
                assert services[other].healthcheck is not None
            else:
                assert condition == "service_completed_successfully"
                assert services[other].spec["restart"] == "no"
        used_volumes |= set(service.volumes.values())
        used_networks |= set(service.spec["networks"])
    assert used_volumes == set(spec["volumes"])
    assert used_networks == set(spec["networks"])


def test_every_anchor_is_used() -> None:
    text = FILE.read_text()
    anchors = set(re.findall(r"&(\w+)", text))
    assert anchors == set(re.findall(r"\*(\w+)", text))


def test_no_profile_gives_the_evidence_stack(composition: Composition) -> None:
    order = [service.name for service in composition.started()]
    assert set(order) == set(STACK)
    assert order.index("migrate") < order.index("filter") < len(order)
    assert [service.name for service in composition.started("cpu")] == order
    assert composition.services["judge"].environment["ASSAY_JUDGE_BACKEND_URL"] == "evidence"


def test_the_gpu_profile_adds_a_model_server(composition: Composition) -> None:
    added = {s.name for s in composition.started("gpu")} - {s.name for s in composition.started()}
    assert added == {"vllm"}
    order = [service.name for service in composition.started("gpu")]
    assert order.index("vllm") < order.index("judge")


@each_service
def test_a_service_runs_without_root_and_without_rights(
    name: str, composition: Composition
) -> None:
    spec = composition.services[name].spec
    user = str(spec["user"]).partition(":")[0]
    assert user.isdecimal() and int(user) > 0
    assert spec["cap_drop"] == ["ALL"] and "cap_add" not in spec
    assert "no-new-privileges:true" in spec["security_opt"]
    assert spec["read_only"] is (name != "vllm")
    assert "privileged" not in spec and "pid" not in spec and spec.get("network_mode") is None


@each_service
def test_a_service_that_goes_on_says_whether_it_is_well(
    name: str, composition: Composition
) -> None:
    service = composition.services[name]
    if service.spec["restart"] == "no":
        assert service.healthcheck is None
        return
    check = service.healthcheck
    assert check is not None
    assert check.retries * check.interval + check.start_period >= 60
    assert check.timeout <= check.interval
    assert service.grace_seconds >= 30


@each_service
def test_a_service_is_reached_from_this_machine_alone(name: str, composition: Composition) -> None:
    service = composition.services[name]
    for address, _, _ in service.ports:
        assert address == "127.0.0.1"
    if service.ports:  # nothing can be published from an internal network
        assert "front" in service.spec["networks"]


@each_service
def test_an_image_has_a_version(name: str, composition: Composition) -> None:
    spec = composition.services[name].spec
    tag = spec["image"].partition(":")[2]
    assert "build" in spec or re.search(r"\d+\.\d+", tag), spec["image"]


def test_data_stays_off_the_network(composition: Composition) -> None:
    spec = composition.spec
    assert spec["networks"]["back"] == {"internal": True}
    for name in ("db", "redis", "migrate", "filter-worker"):
        assert composition.services[name].spec["networks"] == ["back"]


def test_what_writes_has_a_place_to_write(composition: Composition) -> None:
    places = {name: [*s.volumes, *s.tmpfs] for name, s in composition.services.items()}
    for name, service in composition.services.items():
        assert "/tmp" in service.tmpfs or name == "vllm"
        for path in ("/var/lib/assay", "/var/cache/assay"):
            if path in json.dumps([service.command, service.environment]):
                assert path in places[name]
    for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):  # workers compile, and share what they have
        assert image_environment()[name].startswith("/var/cache/assay")
    assert "/var/cache/assay" in places["filter-worker"]
    assert "/var/run/postgresql" in places["db"]  # its socket
    assert composition.services["db"].volumes["/var/lib/postgresql"]  # from 18 on, not .../data


def test_no_secret_has_a_default_and_none_stands_in_the_file() -> None:
    for reference in references():
        if reference.name.endswith(SECRET_NAMES):
            assert not reference.default, reference
    text = yaml.safe_dump(read_raw())
    for secret in re.findall(r"(?i)(?:password|token|key)\w*: (\S+)", text):
        assert secret.startswith(("${", "''")), secret


def test_no_secret_stands_among_arguments(composition: Composition) -> None:
    secrets = {v for k, v in filled_in().items() if k.endswith(SECRET_NAMES)}
    for service in composition.services.values():
        words = [*service.command]
        if service.healthcheck is not None:
            words += service.healthcheck.command
        for word in words:
            assert not any(secret in word for secret in secrets), service.name


def test_the_example_names_the_variables_of_the_file_and_no_others() -> None:
    example = read_variables(EXAMPLE)
    assert set(example) == {reference.name for reference in references()}
    for reference in references():
        if reference.default is not None:
            assert example[reference.name] == reference.default
        else:
            assert example[reference.name] == "", "a required variable is the reader's to fill in"


def test_a_missing_variable_is_told_by_name() -> None:
    for name in {reference.name for reference in references() if reference.default is None}:
        lacking = {k: v for k, v in filled_in().items() if k != name}
        with pytest.raises(ValueError, match=f"set {name} in .env"):
            read_composition(lacking)


def test_every_variable_of_assay_is_read_by_some_settings() -> None:
    known = {name for settings in SETTINGS for name in names_of(settings)}
    for name in read_variables(EXAMPLE):
        assert not name.startswith("ASSAY_") or name in known


@pytest.mark.parametrize("name", sorted(READ_BY))
def test_a_service_is_given_what_it_reads(name: str, composition: Composition) -> None:
    known = {each for settings in READ_BY[name] for each in names_of(settings)}
    given = set(composition.services[name].environment)
    assert given <= known


def test_services_that_share_work_agree_on_where_it_lies(composition: Composition) -> None:
    filter_, worker = composition.services["filter"], composition.services["filter-worker"]
    for name in ("ASSAY_DATABASE_URL", "ASSAY_BROKER_URL", "ASSAY_FILTER_STORE"):
        assert filter_.environment[name] == worker.environment[name]
    store = filter_.environment["ASSAY_FILTER_STORE"]
    assert filter_.volumes["/var/lib/assay"] == worker.volumes["/var/lib/assay"] == "store"
    assert store.startswith("/var/lib/assay/")


def test_the_judge_takes_what_its_workers_send(composition: Composition) -> None:
    given = composition.services["judge"].environment
    takes = JudgeServiceSettings(max_queued=int(given["ASSAY_JUDGE_MAX_QUEUED"]))
    worker = composition.services["filter-worker"].environment
    requests = int(worker["ASSAY_FILTER_JUDGE_CONCURRENCY"])
    batch = inspect.signature(JudgeClient).parameters["max_batch"].default
    processes = 64  # of all workers together
    assert processes * requests * batch <= takes.max_in_flight + takes.max_queued
    assert requests * batch >= takes.max_in_flight  # one worker can keep it busy


def test_untrusted_answers_are_graded_within_bounds(composition: Composition) -> None:
    rewards = composition.services["rl-rewards"]
    workers = int(rewards.environment["ASSAY_RL_REWARDS_WORKERS"])
    assert rewards.spec["pids_limit"] > 4 * workers
    assert rewards.spec["mem_limit"].endswith("g")
    assert not rewards.volumes, "it keeps nothing"


def test_a_worker_has_time_to_leave(composition: Composition) -> None:
    from assay_cli.celery_pool import END_SECONDS

    assert composition.services["filter-worker"].grace_seconds > 60 + END_SECONDS


@pytest.mark.parametrize("profile", [None, "gpu", "cpu"])
def test_compose_itself_reads_the_file_as_these_tests_do(
    profile: str | None, tmp_path: Path
) -> None:
    program = next(compose_programs(), None)
    if program is None:
        pytest.skip("docker-compose is not on this machine (no engine is needed for this)")
    variables = tmp_path / "env"
    variables.write_text("".join(f"{name}={value}\n" for name, value in filled_in().items()))
    options = ["--env-file", str(variables), *(["--profile", profile] if profile else [])]
    done = subprocess.run(
        [program, *options, "config", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    theirs: dict[str, Any] = json.loads(done.stdout)["services"]
    ours = {service.name: service for service in read_composition(filled_in()).started(profile)}
    assert set(theirs) == set(ours)
    for name, service in ours.items():
        assert_alike(service, theirs[name])


def assert_alike(service: Service, theirs: dict[str, Any]) -> None:
    """Compare what the tests start with what Compose would; it writes a `$` twice."""
    command = [word.replace("$$", "$") for word in theirs["command"] or ()]
    assert service.command == command
    assert service.environment == (theirs.get("environment") or {})
    assert service.user == theirs["user"]
    check = service.healthcheck
    assert (check is None) == ("healthcheck" not in theirs)
    if check is not None:
        assert list(check.test) == theirs["healthcheck"]["test"]
    waited = {name: each["condition"] for name, each in theirs.get("depends_on", {}).items()}
    assert waited == {n: c for n, c in service.conditions.items() if n in waited}
    assert set(service.conditions) - set(waited) <= service.optional


def compose_programs() -> Iterator[str]:
    """Yield the places of the program, as a plugin of the engine's client or by itself."""
    given = os.environ.get("ASSAY_COMPOSE_PROGRAM", "")
    for path in (given, shutil.which("docker-compose") or "", *COMPOSE_PROGRAMS):
        if path and Path(path).is_file():
            yield path


def names_of(settings: type[BaseSettings]) -> set[str]:
    """Return the environment variables that a settings class reads."""
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{field}".upper() for field in settings.model_fields}
