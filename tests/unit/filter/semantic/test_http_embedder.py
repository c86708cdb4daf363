"""Vectors from a real socket: order, limits, retries, and answers that are none."""

import json
import math
from typing import Any

import numpy as np
import pytest
from tests.fakes.embeddings import answer_to, embeddings_server, slow, vector_of

from assay_filter.semantic.embedder import EmbeddingError
from assay_filter.semantic.http_embedder import HttpEmbedder
from assay_filter.semantic.settings import SemanticSettings

KEY = "sk-very-secret"


def embedder(url: str, **settings: Any) -> HttpEmbedder:
    given = {"backoff_seconds": 0.0, "timeout_seconds": 5.0, "model": "m", "url": url}
    return HttpEmbedder(SemanticSettings.model_validate({**given, **settings}))


def test_vectors_come_in_the_order_of_the_texts() -> None:
    texts = [f"text number {i} of many" for i in range(10)]
    with embeddings_server() as server:
        found = embedder(server.url, batch_size=3, api_key=KEY).embed(texts)
    assert np.array_equal(found, np.array([vector_of(text) for text in texts], np.float32))
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


@pytest.mark.parametrize("status", [400, 401, 404, 307])
def test_a_refusal_is_final_and_a_redirect_is_not_followed(status: int) -> None:
    with (
        embeddings_server(lambda number, body: (status, b"")) as server,
        pytest.raises(EmbeddingError, match=f"status {status}"),
    ):
        embedder(server.url).embed(["a"])
    assert [request["path"] for request in server.requests] == ["/v1/embeddings"]


def test_tries_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        embeddings_server(lambda number, body: (503, b"")) as server,
        pytest.raises(EmbeddingError, match="503 in 3 tries") as failure,
    ):
        embedder(server.url, num_retries=2, api_key=KEY).embed(["my private text"])
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
