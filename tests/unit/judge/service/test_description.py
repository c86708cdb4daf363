"""What the service says of itself: rubrics, capabilities, OpenAPI; and that it is true."""

import asyncio
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.app_client import client_of
from tests.fakes.sample_judges import FakeSource

from assay.client.description import read_capabilities, read_rubrics
from assay.domain.errors import ConfigError
from assay.rubrics import load_rubric
from assay.web.logs import open_log
from assay_judge.engine.settings import Mode
from assay_judge.service.app import make_app
from assay_judge.service.rubrics import load_rubrics
from assay_judge.service.schemas import (
    BATCH_EXAMPLES,
    SCORE_EXAMPLES,
    BatchAnswer,
    BatchRequest,
    CapabilitiesAnswer,
    RubricsAnswer,
    ScoreAnswer,
    ScoreRequest,
)
from assay_judge.service.settings import JudgeServiceSettings


def get(path: str, **settings: Any) -> bytes:
    async def run() -> bytes:
        app = make_app(
            JudgeServiceSettings(**settings), log=open_log(StringIO()), source=FakeSource()
        )
        async with client_of(app) as client:
            response = await client.get(path)
            assert response.status_code == 200, response.text
            return response.content

    return asyncio.run(run())


def post(path: str, body: Any) -> bytes:
    async def run() -> bytes:
        app = make_app(JudgeServiceSettings(), log=open_log(StringIO()), source=FakeSource())
        async with client_of(app) as client:
            response = await client.post(path, json=body)
            assert response.status_code == 200, response.text
            return response.content

    return asyncio.run(run())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text("extends: default\nid: mine\naccept_at: 4.5\n")
    return tmp_path


def test_rubrics_are_listed_with_all_their_texts(folder: Path) -> None:
    body = get("/v1/rubrics", rubrics_folder=folder)
    RubricsAnswer.model_validate_json(body)
    rubrics = read_rubrics(body)
    assert set(rubrics) == {"critical-thinking", "default", "mine"}
    assert rubrics["default"] == load_rubric("default")
    assert rubrics["mine"].accept_at == 4.5


def test_a_rubric_of_the_folder_can_be_asked_for(folder: Path) -> None:
    async def run() -> Any:
        settings = JudgeServiceSettings(rubrics_folder=folder, rubric="mine")
        app = make_app(settings, log=open_log(StringIO()), source=FakeSource())
        async with client_of(app) as client:
            sample = SCORE_EXAMPLES["a wrong computation"]["value"]["sample"]
            return (await client.post("/v1/score", json={"sample": sample})).json()

    assert asyncio.run(run())["rubric"]["name"] == "mine"


@pytest.mark.parametrize("name", ["default.yaml", "broken.yaml", "wrong.yml"])
def test_a_rubric_that_is_wrong_or_there_twice_stops_the_start(folder: Path, name: str) -> None:
    texts = {"broken.yaml": "a: [", "wrong.yml": "id: x\n", "default.yaml": "extends: default\n"}
    (folder / name).write_text(texts[name])
    with pytest.raises(ConfigError):
        load_rubrics(folder)


def test_a_folder_or_default_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="folder of rubrics"):
        load_rubrics(tmp_path / "none")
    with pytest.raises(ConfigError, match="expected a rubric of"):
        make_app(JudgeServiceSettings(rubric="none"), log=open_log(StringIO()))


def test_capabilities_tell_the_judge_the_choices_and_the_limits() -> None:
    body = get("/v1/capabilities?mode=fast&rubric=default", max_batch=7)
    CapabilitiesAnswer.model_validate_json(body)
    told = read_capabilities(body)
    assert told.judge is not None
    assert (told.judge.name, told.judge.version) == ("fake", "v1")
    assert told.modes == tuple(Mode)
    assert told.limits.max_batch == 7


@pytest.mark.parametrize("example", SCORE_EXAMPLES.values())
def test_the_examples_of_score_work_and_answers_are_as_described(example: Any) -> None:
    ScoreRequest.model_validate(example["value"])
    ScoreAnswer.model_validate_json(post("/v1/score", example["value"]), strict=False)


@pytest.mark.parametrize("example", BATCH_EXAMPLES.values())
def test_the_examples_of_batch_work_and_answers_are_as_described(example: Any) -> None:
    BatchRequest.model_validate(example["value"])
    answer = BatchAnswer.model_validate_json(post("/v1/score/batch", example["value"]))
    assert [result.error for result in answer.results] == [None, None]


def test_openapi_describes_each_endpoint_with_its_problems() -> None:
    import json

    document = json.loads(get("/openapi.json"))
    assert document["info"]["title"] == "Assay judge"
    for path in ("/v1/score", "/v1/score/batch"):
        operation = document["paths"][path]["post"]
        assert operation["requestBody"]["content"]["application/json"]["examples"]
        statuses = set(operation["responses"])
        assert {"200", "400", "401", "402", "408", "413", "415", "422", "429"} <= statuses
        assert {"500", "502", "503", "504"} <= statuses
        assert "HTTPValidationError" not in json.dumps(operation)
    assert {"/v1/rubrics", "/v1/capabilities", "/healthz", "/readyz", "/metrics"} <= set(
        document["paths"]
    )
    _every_reference_resolves(document, document["components"]["schemas"])


def _every_reference_resolves(node: Any, schemas: Any) -> None:
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str):
            assert target.removeprefix("#/components/schemas/") in schemas, target
        for child in node.values():
            _every_reference_resolves(child, schemas)
    elif isinstance(node, list):
        for child in node:
            _every_reference_resolves(child, schemas)
