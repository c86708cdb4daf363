"""The filter service in this process, on a real database, with a worker that the test steps."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import Engine
from tests.fakes.app_client import client_of

from assay.domain.errors import ConfigError, JudgeBackendError
from assay.domain.rubric import Rubric
from assay.queue.doorbell import Doorbell, DoorbellError, Key
from assay.web.app import Application
from assay.web.auth import ApiKeys
from assay.web.logs import open_log
from assay_cli.judges import MakeEvidenceJudge
from assay_filter.runs.local import OneJudge
from assay_filter.runs.worker import Worker
from assay_filter.semantic.settings import EmbeddingSettings
from assay_filter.service.app import make_app
from assay_filter.service.parts import Store
from assay_filter.service.settings import FilterServiceSettings

T = TypeVar("T")
GOOD: dict[str, Any] = {
    "id": "good",
    "messages": [
        {"role": "user", "content": "What is 12 * 12?"},
        {"role": "assistant", "content": "12 * 12 = 144, for 12 * 10 = 120 and 12 * 2 = 24."},
    ],
}
WRONG: dict[str, Any] = {
    "id": "wrong",
    "messages": [
        {"role": "user", "content": "How much is 7 * 8?"},
        {"role": "assistant", "content": "7 * 8 = 54"},
    ],
}


class NamedJudges:
    """Knows `evidence`, `default`, and `gone`, whose server does not answer."""

    def describe(self, name: str, rubric: Rubric) -> tuple[str, str]:
        if name == "gone":
            raise JudgeBackendError("expected a judge at a server, found nobody", "unreachable")
        if name not in ("evidence", "default"):
            raise ConfigError(f"expected a judge among evidence, default, found {name[:80]!r}")
        return "evidence", "1"


class Bell:
    """A doorbell that keeps what it was told, or is broken."""

    def __init__(self, *, is_broken: bool = False) -> None:
        self.is_broken = is_broken
        self.rung: list[Key] = []

    def ring(self, keys: Sequence[Key]) -> None:
        if self.is_broken:
            raise DoorbellError("expected a broker, found nobody")
        self.rung += keys


@dataclass(frozen=True, slots=True)
class Service:
    """A service over one store and one database; several may share them."""

    engine: Engine
    store: Store
    settings: FilterServiceSettings
    app: Application
    log: StringIO

    def work(self, *, max_tasks: int | None = None) -> int:
        """Carry out tasks until none is free; return how many."""
        worker = Worker(
            self.engine, OneJudge(MakeEvidenceJudge()), name=f"w{threading.get_ident()}"
        )
        num_done = 0
        while (max_tasks is None or num_done < max_tasks) and worker.work_next():
            num_done += 1
        return num_done

    def ask(self, talk: "Callable[[httpx.AsyncClient], Awaitable[T]]", **headers: str) -> T:
        """Run a conversation with the service."""

        async def conversation() -> T:
            async with client_of(self.app, **headers) as client:
                return await talk(client)

        return asyncio.run(conversation())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def talk(client: httpx.AsyncClient) -> httpx.Response:
            return await client.request(method, path, **options)

        return self.ask(talk)

    def upload(
        self, rows: Sequence[dict[str, Any]] = (GOOD, WRONG), name: str = "rows.jsonl"
    ) -> str:
        """Upload rows and return the file's id."""
        response = self.post(f"/v1/files?filename={name}", content=lines_of(rows))
        assert response.status_code == 200, response.text
        return str(response.json()["id"])

    def run(self, **members: Any) -> str:
        """Make a run and return its id."""
        response = self.post("/v1/runs", json={"input": [GOOD, WRONG], **members})
        assert response.status_code == 202, response.text
        return str(response.json()["id"])

    def finished_run(self, **members: Any) -> str:
        """Make a run and work until it is done."""
        run_id = self.run(**members)
        self.work()
        found = self.get(f"/v1/runs/{run_id}").json()
        assert found["status"] == "completed", found
        return run_id

    def left_in_store(self) -> set[str]:
        """Return all files of the store, relative to it."""
        root = self.store.root
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def open_service(
    engine: Engine,
    folder: Path,
    *,
    doorbell: Doorbell | None = None,
    keys: str = "",
    embedding: EmbeddingSettings | None = None,
    **settings: Any,
) -> Service:
    """Return a service whose store is in `folder`."""
    log = StringIO()
    made = FilterServiceSettings(store=folder / "store", **{"poll_seconds": 0.02, **settings})
    app = make_app(
        made,
        engine=engine,
        judges=NamedJudges(),
        doorbell=doorbell,
        log=open_log(log),
        keys=ApiKeys.parse(keys),
        embedding=embedding,
    )
    return Service(engine, Store(folder / "store"), made, app, log)


def lines_of(rows: Sequence[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def problem_of(response: httpx.Response) -> str:
    """Return the kind of a problem document, which must be a whole one."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert body["instance"] == response.headers["x-request-id"]
    assert body["status"] == response.status_code
    assert body["detail"]
    assert len(response.content) < 6000
    return str(body["type"]).removeprefix("urn:assay:problem:")
