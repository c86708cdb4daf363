"""A server of `POST /v1/embeddings` whose vectors are word counts, and that can misbehave."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DIMENSIONS = 64

Answer = tuple[int, bytes]
Misbehave = Callable[[int, dict[str, Any]], "Answer | None"]


class FakeEmbeddings:
    """What the server was asked; `misbehave(number of the request, body)` may answer instead."""

    def __init__(self, misbehave: Misbehave) -> None:
        self.misbehave = misbehave
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.retry_after = ""  # sent with every answer but 200
        self.url = ""


def vector_of(text: str) -> list[float]:
    """Count words into a fixed number of places; texts of the same words are parallel."""
    counts = [0.0] * DIMENSIONS
    for word in text.lower().split():
        counts[hashlib.sha256(word.encode()).digest()[0] % DIMENSIONS] += 1.0
    return counts


def answer_to(body: dict[str, Any]) -> dict[str, Any]:
    """The sound answer, last text first: an order is told by `index` alone."""
    data = [{"index": i, "embedding": vector_of(text)} for i, text in enumerate(body["input"])]
    return {"object": "list", "model": body["model"], "data": data[::-1]}


@contextmanager
def embeddings_server(misbehave: Misbehave = lambda number, body: None) -> Iterator[FakeEmbeddings]:
    """Serve until the block ends."""
    fake = FakeEmbeddings(misbehave)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(fake.requests)
                fake.requests.append({"path": self.path, **body})
                fake.keys.append(self.headers.get("Authorization", ""))
            answer = fake.misbehave(number, body)
            status, data = answer or (200, json.dumps(answer_to(body)).encode())
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if fake.retry_after and status != 200:
                self.send_header("Retry-After", fake.retry_after)
            if status in (301, 307):
                self.send_header("Location", fake.url + "/elsewhere")
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked may have gone
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def slow(seconds: float) -> Misbehave:
    """Answer soundly, later."""

    def wait(number: int, body: dict[str, Any]) -> None:
        time.sleep(seconds)

    return wait
