"""Runs set against earlier ones and against evaluation sets, over REST."""

import json
from collections.abc import Callable

import pytest
from tests.fakes.embeddings import embeddings_server
from tests.fakes.filter_service import GOOD, WRONG, Service, problem_of

from assay_filter.semantic.settings import EmbeddingSettings


def outcomes(service: Service, run_id: str) -> dict[str, int]:
    counted = service.get(f"/v1/runs/{run_id}").json()["outcomes"]
    return {name: number for name, number in counted.items() if number}


def test_what_an_earlier_run_kept_is_not_kept_again(service: Service) -> None:
    first = service.finished_run(input=[GOOD, WRONG], index=True)
    again = service.finished_run(input=[GOOD, WRONG], against=[first])
    assert outcomes(service, first) == {"accepted": 1, "rejected": 1}
    assert outcomes(service, again) == {"duplicate": 1, "rejected": 1}
    line = service.get(f"/v1/runs/{again}/results/duplicate").json()
    kept = service.get(f"/v1/runs/{first}/results/accepted").json()
    assert line["assay"]["duplicate_of"]["run"] == first
    assert line["assay"]["duplicate_of"]["sample_id"] == kept["assay"]["sample_id"]
    assert service.get(f"/v1/runs/{again}/manifest").json()["index"]["against"] == [first]


def test_run_that_is_not_in_the_index_is_refused(service: Service) -> None:
    first = service.finished_run(input=[GOOD])
    response = service.post("/v1/runs", json={"input": [GOOD], "against": [first]})
    assert response.status_code == 422
    assert problem_of(response) == "invalid-configuration"
    assert "expected runs that are in the index" in response.json()["detail"]


def test_items_of_an_evaluation_set_are_taken_out(service: Service) -> None:
    question, answer = (message["content"] for message in GOOD["messages"][-2:])
    item = {"benchmark": "own", "id": "1", "prompt": question, "answer": answer}
    sets = service.upload([item])
    run_id = service.finished_run(input=[GOOD, WRONG], evaluation=[sets])
    assert outcomes(service, run_id) == {"rejected": 2}
    text = service.get(f"/v1/runs/{run_id}/results/rejected").text
    reasons = [json.loads(line)["assay"]["reasons"] for line in text.splitlines()]
    assert ["decon.exact"] in reasons
    evaluation = service.get(f"/v1/runs/{run_id}/manifest").json()["evaluation"]
    assert evaluation["items"] == 1 and evaluation["coverage"]


def test_evaluation_set_without_items_is_refused(service: Service) -> None:
    empty = service.upload([{"no": "item"}])
    response = service.post("/v1/runs", json={"input": [GOOD], "evaluation": [empty]})
    assert response.status_code == 422
    assert problem_of(response) == "invalid-configuration"


def test_samples_that_mean_the_same_are_flagged(
    make_service: Callable[..., Service],
) -> None:
    other = {"role": "assistant", "content": "For 12 * 10 = 120 and 12 * 2 = 24, 12 * 12 = 144."}
    alike = {"id": "alike", "messages": [GOOD["messages"][0], other]}
    with embeddings_server() as server:
        named = EmbeddingSettings(url=server.url, model="words")
        service = make_service(embedding=named)
        run_id = service.finished_run(input=[GOOD, alike], semantic={"threshold": 0.9})
    manifest = service.get(f"/v1/runs/{run_id}/manifest").json()
    assert manifest["semantic"]["num_flagged"] == 1
    assert outcomes(service, run_id) == {"accepted": 2}
    lines = service.get(f"/v1/runs/{run_id}/results/accepted").text.splitlines()
    first, second = (json.loads(line)["assay"] for line in lines)
    assert "similar_to" not in first
    assert second["similar_to"]["sample_id"] == first["sample_id"]
    trail = service.get(f"/v1/samples/{second['sample_id']}")
    assert "dedup.semantic" in trail.text and first["sample_id"] in trail.text


@pytest.mark.parametrize("asked", [{"url": "http://here:1"}, {"model": "m"}, {"threshold": 0.1}])
def test_request_names_no_embedding_server(
    make_service: Callable[..., Service], asked: dict[str, object]
) -> None:
    service = make_service(embedding=EmbeddingSettings(url="http://127.0.0.1:9", model="words"))
    response = service.post("/v1/runs", json={"input": [GOOD], "semantic": asked})
    assert response.status_code == 422


def test_service_without_an_embedding_server_refuses_the_tier(service: Service) -> None:
    response = service.post("/v1/runs", json={"input": [GOOD], "semantic": {}})
    assert response.status_code == 422
    assert problem_of(response) == "invalid-configuration"
    assert "ASSAY_EMBEDDING_URL" in response.json()["detail"]
