"""Runs set against earlier ones and against evaluation sets, over REST."""

import json

from tests.fakes.filter_service import GOOD, WRONG, Service, problem_of


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
