"""Vectors from a real socket: order, limits, retries, and answers that are none."""

import asyncio
import json
import math
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from tests.fakes.embeddings import answer_to, embeddings_server, slow, vector_of

from assay_filter.semantic.embedder import (
    PROBE,
    EmbeddingError,
    EmbeddingOutageError,
    TextRefusedError,
)
from assay_filter.semantic.http_embedder import HttpEmbedder
from assay_filter.semantic.settings import SemanticSettings

KEY = "sk-very-secret"


def embedder(url: str, **settings: Any) -> HttpEmbedder:
    given = {"backoff_seconds": 0.0, "timeout_seconds": 5.0, "model": "m", "url": url}
    return HttpEmbedder(SemanticSettings.model_validate({**given, **settings}), SecretStr(KEY))


def test_vectors_come_in_the_order_of_the_texts() -> None:
    texts = [f"text number {i} of many" for i in range(10)]
    with embeddings_server() as server:
        found = embedder(server.url, batch_size=3).embed(texts)
    for text, vector in zip(texts, found, strict=True):
        assert isinstance(vector, np.ndarray)
        assert np.array_equal(vector, np.array(vector_of(text), np.float32))
    assert {request["path"] for request in server.requests} == {"/v1/embeddings"}
    assert sorted(len(request["input"]) for request in server.requests) == [1, 3, 3, 3]
    assert set(server.keys) == {f"Bearer {KEY}"}


def test_a_text_is_cut_before_it_is_sent() -> None:
    with embeddings_server() as server:
        embedder(server.url, max_chars=5).embed(["abcdefgh"])
    assert server.requests[0]["input"] == ["abcde"]


def test_no_texts_need_no_server() -> None:
    assert len(embedder("http://127.0.0.1:9").embed([])) == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(status: int) -> None:
    with embeddings_server(lambda number, body: (status, b"") if number < 2 else None) as server:
        assert len(embedder(server.url).embed(["a"])) == 1
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [401, 403, 404, 307])
def test_a_refusal_is_final_and_a_redirect_is_not_followed(status: int) -> None:
    with (
        embeddings_server(lambda number, body: (status, b"")) as server,
        pytest.raises(EmbeddingError, match=f"status {status}"),
    ):
        embedder(server.url).embed(["a"])
    assert [request["path"] for request in server.requests] == ["/v1/embeddings"]


def test_a_wait_that_is_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    with embeddings_server(lambda number, body: (429, b"") if number < 2 else None) as server:
        server.retry_after = "7"
        monkeypatch.setattr(asyncio, "sleep", sleep)
        embedder(server.url).embed(["a"])
    assert [pause for pause in pauses if pause] == [7.0, 7.0]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_only_the_text_to_blame_is_refused(status: int) -> None:
    texts = [f"text {number}" for number in range(10)]
    with embeddings_server(
        lambda number, body: (status, b"") if "text 6" in body["input"] else None
    ) as server:
        found = embedder(server.url).embed(texts)
    refused = found.pop(6)
    assert isinstance(refused, TextRefusedError) and f"status {status}" in str(refused)
    assert "text 6" not in str(refused) and server.url not in str(refused)
    for text, vector in zip([*texts[:6], *texts[7:]], found, strict=True):
        assert isinstance(vector, np.ndarray)
        assert np.array_equal(vector, np.array(vector_of(text), np.float32))


@pytest.mark.parametrize(("num_texts", "batch_size"), [(1, 64), (8, 3), (8, 64)])
def test_a_server_that_takes_no_text_is_to_blame(num_texts: int, batch_size: int) -> None:
    with (
        embeddings_server(lambda number, body: (400, b"")) as server,
        pytest.raises(EmbeddingError, match=r"status 400.*known to be sound") as failure,
    ):
        embedder(server.url, batch_size=batch_size).embed([f"text {n}" for n in range(num_texts)])
    assert not isinstance(failure.value, TextRefusedError | EmbeddingOutageError)


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_texts_that_are_all_refused_are_to_blame_where_a_sound_one_is_taken(
    batch_size: int,
) -> None:
    with embeddings_server(
        lambda number, body: (413, b"") if body["input"] != [PROBE] else None
    ) as server:
        found = embedder(server.url, batch_size=batch_size).embed([f"text {n}" for n in range(9)])
    assert [type(one) for one in found] == [TextRefusedError] * 9


def test_a_sound_text_is_sent_only_where_a_whole_batch_was_refused() -> None:
    with embeddings_server(
        lambda number, body: (400, b"") if "bad" in body["input"] else None
    ) as server:
        embedder(server.url, batch_size=2).embed(["a", "bad", "b", "c"])
        assert [PROBE] not in [request["input"] for request in server.requests]
        embedder(server.url, batch_size=2).embed(["bad", "bad", "b", "c"])
    assert [request["input"] for request in server.requests].count([PROBE]) == 1


@pytest.mark.parametrize("status", [400, 401, 503])
def test_errors_name_the_model_and_not_the_address(status: int) -> None:
    with (
        embeddings_server(lambda number, body: (status, b"")) as server,
        pytest.raises(EmbeddingError, match="model 'm'") as failure,
    ):
        embedder(server.url, num_retries=0).embed(["a"])
    assert "127.0.0.1" not in str(failure.value)


def test_tries_end() -> None:
    with (
        embeddings_server(lambda number, body: (503, b"")) as server,
        pytest.raises(EmbeddingOutageError, match="503 in 3 tries") as failure,
    ):
        embedder(server.url, num_retries=2).embed(["my private text"])
    assert len(server.requests) == 3
    assert KEY not in str(failure.value) and "private" not in str(failure.value)


def test_nobody_there_is_told() -> None:
    with embeddings_server() as server:
        url = server.url
    with pytest.raises(EmbeddingError, match="in 2 tries"):
        embedder(url, num_retries=1).embed(["a"])


def test_silence_is_told() -> None:
    with embeddings_server(slow(0.5)) as server, pytest.raises(EmbeddingError, match="Timeout"):
        embedder(server.url, num_retries=0, timeout_seconds=0.1).embed(["a"])


def changed(body: dict[str, Any], how: str) -> bytes:
    answer = answer_to(body)
    data = answer["data"]
    if how == "missing":
        data.pop()
    elif how == "twice":
        data[1]["index"] = data[0]["index"]
    elif how == "ragged":
        data[0]["embedding"] = [1.0]
    elif how == "nan":
        data[0]["embedding"][0] = math.nan
    elif how == "huge":
        data[0]["embedding"][0] = 1e300
    elif how == "zero":
        data[0]["embedding"] = [0.0] * len(data[0]["embedding"])
    elif how == "text":
        data[0]["embedding"] = "AAAA"
    elif how == "index":
        data[0]["index"] = True
    return json.dumps(answer).encode() if how != "junk" else b"<html>"


@pytest.mark.parametrize(
    "how", ["missing", "twice", "ragged", "nan", "huge", "zero", "text", "index", "junk"]
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
def test_what_is_no_embedding_is_refused(how: str) -> None:
    with (
        embeddings_server(lambda number, body: (200, changed(body, how))) as server,
        pytest.raises(EmbeddingError, match="found"),
    ):
        embedder(server.url).embed(["one text", "another text"])


def test_an_endless_answer_is_cut_off() -> None:
    with (
        embeddings_server(lambda number, body: (200, b" " * 100_000)) as server,
        pytest.raises(EmbeddingError, match="more than 2048 bytes"),
    ):
        embedder(server.url, max_response_bytes=2048).embed(["a"])


def test_batches_of_different_lengths_are_refused() -> None:
    def short(number: int, body: dict[str, Any]) -> tuple[int, bytes] | None:
        if body["input"] != ["b"]:
            return None
        return 200, b'{"data": [{"index": 0, "embedding": [1.0, 2.0]}]}'

    with embeddings_server(short) as server, pytest.raises(EmbeddingError, match="different"):
        embedder(server.url, batch_size=1).embed(["a", "b"])
