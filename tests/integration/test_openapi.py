"""Requests made from each service's own OpenAPI document: no 5xx, and answers as described.

Sound and unsound requests alike, seeded, against the application in this process. Ids of things
that are there stand in for some of the drawn ones, so that more than 404 is met.
"""

from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.fakes.filter_service import Service, open_service
from tests.fakes.in_process_pool import VERIFIERS, InProcessPool

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade
from assay.web.app import Application
from assay.web.logs import open_log
from assay_judge.service.app import make_app as make_judge
from assay_judge.service.judges import EvidenceSource
from assay_judge.service.settings import JudgeServiceSettings
from assay_rl_rewards.service.app import make_app as make_rewards
from assay_rl_rewards.service.settings import RewardServiceSettings

SEED = 20_260_101
NUM_EXAMPLES = 8  # an operation and mode; about a minute for both services on two slow cores
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
REWARD_ROUTES = """
id: fuzz
version: 1
routes:
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
    gates: [{type: language, name: language}]
"""
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.fixture(scope="module")
def filter_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("openapi")
    engine = open_engine(f"sqlite:///{folder / 'audit.db'}")
    upgrade(engine)
    yield open_service(engine, folder, body_timeout_seconds=5.0)
    shutdown_lifespans()
    engine.dispose()


@pytest.fixture(scope="module")
def known(filter_service: Service) -> Mapping[str, list[str]]:
    """Ids of things that are there, by the name of the parameter that takes them."""
    file_id = filter_service.upload()
    run_id = filter_service.finished_run(input=file_id)
    batch = filter_service.post(
        "/v1/batches", json={"input_file_id": _batch_file(filter_service), "endpoint": "/v1/score"}
    ).json()
    filter_service.work()
    done = filter_service.get(f"/v1/batches/{batch['id']}").json()
    return {
        "file_id": [file_id, done["output_file_id"]],
        "run_id": [run_id],
        "batch_id": [batch["id"]],
    }


def _batch_file(service: Service) -> str:
    sample = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
    line = {"custom_id": "a", "method": "POST", "url": "/v1/score", "body": {"sample": sample}}
    return service.upload([line], name="in.jsonl")


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_the_filter_service_answers_as_it_describes(
    filter_service: Service, known: Mapping[str, list[str]], mode: GenerationMode
) -> None:
    num_asked = ask_everything(filter_service.app, mode, known)
    assert num_asked >= (20 if mode is GenerationMode.POSITIVE else 6)
    assert "request.failed" not in filter_service.log.getvalue()


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_the_judge_service_answers_as_it_describes(mode: GenerationMode) -> None:
    log = StringIO()
    app = make_judge(JudgeServiceSettings(), log=open_log(log), source=EvidenceSource())
    num_asked = ask_everything(app, mode, {})
    shutdown_lifespans()
    assert num_asked >= (7 if mode is GenerationMode.POSITIVE else 2)
    assert "request.failed" not in log.getvalue()


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_the_reward_service_answers_as_it_describes(mode: GenerationMode, tmp_path: Path) -> None:
    routes = tmp_path / "routes.yaml"
    routes.write_text(REWARD_ROUTES)
    log = StringIO()
    app = make_rewards(
        RewardServiceSettings(routes=str(routes)),
        log=open_log(log),
        open_pool=InProcessPool(VERIFIERS).opened,
        catalogue=VERIFIERS,
    )
    num_asked = ask_everything(app, mode, {})
    shutdown_lifespans()
    assert num_asked >= (6 if mode is GenerationMode.POSITIVE else 2)
    assert "request.failed" not in log.getvalue()


def ask_everything(app: Application, mode: GenerationMode, known: Mapping[str, list[str]]) -> int:
    """Try each operation of an application; return how many were asked.

    Where every request is sound, there are no unsound ones to be drawn.
    """
    schema = schemathesis.openapi.from_asgi(
        "/openapi.json", app, config=schemathesis.Config(seed=SEED)
    )
    num_asked = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), "the document describes each operation soundly"
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # an id is any text
        try:
            _asking(operation, mode, known)()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE
        else:
            num_asked += 1
    return num_asked


def _asking(
    operation: Any, mode: GenerationMode, known: Mapping[str, list[str]]
) -> Callable[[], None]:
    @seed(SEED)
    @settings(
        max_examples=NUM_EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        for name, ids in known.items():
            if name in (case.path_parameters or {}) and data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(ids))
        response = case.call(timeout=20)
        case.validate_response(response, checks=CHECKS)

    return ask


def test_the_store_holds_what_the_service_named(
    filter_service: Service, known: Mapping[str, list[str]]
) -> None:
    """Whatever was asked before, no name of a client became the name of a file."""
    assert known
    root = Path(filter_service.store.root)
    assert {path.name for path in root.parent.iterdir()} <= {
        "store",
        "audit.db",
        "audit.db-wal",
        "audit.db-shm",
    }
    for path in (root / "files").iterdir():
        assert path.name.startswith("file-")
