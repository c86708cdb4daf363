"""Who is at the address of --judge: a judge service, another server, or nobody that can say."""

import asyncio

import pytest
from yarl import URL

from assay.client.transport import Transport
from assay.client.wire import Refusal, read_refusal
from assay.domain.errors import JudgeBackendError
from assay.rubrics import load_rubric
from assay_cli import judges
from assay_cli.judges import _ask_service

ADDRESS = "http://127.0.0.1:9/v1"  # the discard port: nothing answers
OURS = {"type": "urn:assay:problem:unauthorized", "status": 401}


def _answers(monkeypatch: pytest.MonkeyPatch, answer: bytes | Refusal) -> None:
    async def ask_once(
        _self: Transport, _method: str, _url: URL, _body: bytes | None, _seconds: float
    ) -> bytes | Refusal:
        return answer

    monkeypatch.setattr(Transport, "_ask_once", ask_once)
    monkeypatch.setattr(judges, "LOOK_SECONDS", 0.01)


@pytest.mark.parametrize(
    "answer",
    [
        read_refusal(404, {"detail": "Not Found"}, None),
        read_refusal(403, {"message": "Missing Authentication Token"}, None),
        b"a page",
    ],
)
def test_another_server_is_no_judge_service(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | Refusal
) -> None:
    _answers(monkeypatch, answer)
    assert asyncio.run(_ask_service(ADDRESS, load_rubric("default"))) is None


@pytest.mark.parametrize(
    "answer",
    [
        read_refusal(429, {"code": "saturated"}, "1"),
        read_refusal(503, None, "5"),
        read_refusal(503, None, None),
        read_refusal(401, OURS, None),
    ],
)
def test_service_that_cannot_answer_now_is_not_taken_for_another_server(
    monkeypatch: pytest.MonkeyPatch, answer: Refusal
) -> None:
    _answers(monkeypatch, answer)
    with pytest.raises(JudgeBackendError) as caught:
        asyncio.run(_ask_service(ADDRESS, load_rubric("default")))
    assert caught.value is answer.error


def test_nobody_is_told_with_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = JudgeBackendError("expected an answer, found no connection", "unreachable")
    _answers(monkeypatch, Refusal(lost, False, 0))
    with pytest.raises(JudgeBackendError, match="found nobody"):
        asyncio.run(_ask_service(ADDRESS, load_rubric("default")))
