"""What each wrong answer means, and that no message repeats what is private."""

import email.utils
import time

import aiohttp
import orjson
import pytest

from assay_judge.backend.failures import Private, failure_of_answer, failure_of_error

NOTHING = Private(b"{}")


def body(message: str, **fields: object) -> bytes:
    return orjson.dumps({"error": {"message": message, "type": "BadRequestError"} | fields})


@pytest.mark.parametrize(
    ("status", "answer", "code", "may_pass", "is_overload"),
    [
        (400, body("too long", param="input_tokens"), "context_overflow", False, False),
        (400, body("This model's maximum context length is 9"), "context_overflow", False, False),
        (400, body("x", code="context_length_exceeded"), "context_overflow", False, False),
        (400, body("x", type="exceed_context_size_error"), "context_overflow", False, False),
        (400, body("Grammar error", param="structured_outputs"), "refused", False, False),
        (401, b'{"error":"Unauthorized"}', "refused", False, False),
        (403, b"", "refused", False, False),
        (404, body("The model `nope` does not exist.", param="model"), "refused", False, False),
        (302, b"", "refused", False, False),
        (429, b"slow down", "saturated", True, True),
        (503, body("engine is currently busy"), "saturated", True, True),
        (500, body("EngineCore encountered an issue"), "server_error", True, False),
        (502, b"<html>", "server_error", True, False),
        (504, b"", "server_error", True, False),
        (501, b"", "server_error", False, False),
    ],
)
def test_status_and_body_decide(
    status: int, answer: bytes, code: str, may_pass: bool, is_overload: bool
) -> None:
    failure = failure_of_answer(status, answer, private=NOTHING)
    assert (failure.code, failure.may_pass, failure.is_overload) == (code, may_pass, is_overload)
    assert failure.message


def test_message_quotes_at_most_eighty_characters_of_the_server() -> None:
    failure = failure_of_answer(400, body("x" * 500), private=NOTHING)
    assert repr("x" * 80) in failure.message
    assert "x" * 81 not in failure.message


def test_message_tells_what_the_server_said() -> None:
    failure = failure_of_answer(400, body("Grammar error: at 1(8)"), private=NOTHING)
    assert "'Grammar error: at 1(8)'" in failure.message


@pytest.mark.parametrize(
    "said",
    [
        "bad input: the patient is called Jane Roe",
        "1 validation error: {'messages': 'the patient\nis called Jane Roe'}",
        "no access for key sk-very-secret",
    ],
)
def test_message_never_repeats_the_prompt_or_the_key(said: str) -> None:
    prompt = {"messages": [{"role": "user", "content": "the patient\nis called Jane Roe"}]}
    private = Private(orjson.dumps(prompt), "sk-very-secret")
    failure = failure_of_answer(400, body(said), private=private)
    assert "patient" not in failure.message
    assert "secret" not in failure.message


def test_message_of_a_refused_key_quotes_nothing() -> None:
    said = body("Incorrect API key provided: sk-very-secret")
    failure = failure_of_answer(401, said, private=Private(b"", "another"))
    assert "secret" not in failure.message
    assert "key" in failure.message


def test_names_of_request_fields_may_be_quoted() -> None:
    request = orjson.dumps({"messages": [], "continue_final_message": True})
    failure = failure_of_answer(
        400, body("Cannot set `continue_final_message`"), private=Private(request)
    )
    assert "continue_final_message" in failure.message


@pytest.mark.parametrize(("header", "low", "high"), [("7", 7.0, 7.0), ("9" * 400, 1e6, 1e9)])
def test_retry_after_is_read_as_seconds(header: str, low: float, high: float) -> None:
    failure = failure_of_answer(503, b"", private=NOTHING, retry_after=header)
    assert failure.retry_after_seconds is not None
    assert low <= failure.retry_after_seconds <= high


@pytest.mark.parametrize(("seconds", "low", "high"), [(600, 540.0, 601.0), (-600, 0.0, 0.0)])
def test_retry_after_is_read_as_a_date(seconds: int, low: float, high: float) -> None:
    header = email.utils.formatdate(time.time() + seconds, usegmt=True)
    failure = failure_of_answer(503, b"", private=NOTHING, retry_after=header)
    assert failure.retry_after_seconds is not None
    assert low <= failure.retry_after_seconds <= high


@pytest.mark.parametrize("header", [None, "soon", "-5", ""])
def test_retry_after_that_says_nothing_is_none(header: str | None) -> None:
    failure = failure_of_answer(503, b"", private=NOTHING, retry_after=header)
    assert failure.retry_after_seconds is None


@pytest.mark.parametrize(
    ("error", "code", "may_pass"),
    [
        (aiohttp.ConnectionTimeoutError(), "unreachable", True),
        (TimeoutError(), "timeout", True),
        (aiohttp.ServerDisconnectedError(), "server_error", True),
        (aiohttp.ClientPayloadError(), "server_error", True),
        (ConnectionResetError(), "server_error", True),
        (aiohttp.ServerFingerprintMismatch(b"", b"", "h", 1), "unreachable", False),
    ],
)
def test_errors_of_the_connection(error: Exception, code: str, may_pass: bool) -> None:
    failure = failure_of_error(error, "http://judge:1")
    assert (failure.code, failure.may_pass) == (code, may_pass)
    assert "http://judge:1" in failure.message


def test_the_error_tells_how_often_it_was_tried() -> None:
    failure = failure_of_answer(503, b"", private=NOTHING)
    assert "tried" not in str(failure.as_error(1))
    assert "(tried 5 times)" in str(failure.as_error(5))
    assert failure.as_error(5).code == "saturated"
