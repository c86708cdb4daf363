"""The filter service from Python: upload, submit, watch, fetch, ask why; asynchronous or blocking.

Whatever may be repeated without harm is repeated while that may help. Runs are made under a key of
their content, so submitting the same again within the service's memory (24 hours by default) gives
the same run.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

import orjson

from assay.client.downloading import Downloaded, download
from assay.client.filter_wire import (
    RemoteRun,
    Review,
    RunEvent,
    UploadedFile,
    key_of_content,
    read_page,
    read_part,
)
from assay.client.service_errors import BrokenAnswerError
from assay.client.service_transport import Call, ServiceTransport
from assay.client.watching import watch_run
from assay.domain.errors import InputError

BLOCK_BYTES = 1 << 20
PAGE = 200
LONG_SECONDS = 3600.0  # of silence, while the service writes files again or counts a whole run
_JSON = {"content-type": "application/json"}

Opinion = Literal["accept", "reject", "needs_fix"]


class FilterClient:
    """Asks a filter service; lives in one event loop.

    Args:
        url: where the service is, for example `http://127.0.0.1:8002`.
        api_key: one of the service's keys.
        timeout_seconds: the longest silence of the service within an answer.
        max_retries: repetitions of what may pass.

    Every method raises `ServiceError` (see `assay.client.service_errors`) where the service does
    not do what it was asked.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_seconds: float = 60.0,
        max_retries: int = 5,
    ) -> None:
        self._transport = ServiceTransport(
            url, api_key=api_key, timeout_seconds=timeout_seconds, max_retries=max_retries
        )

    async def upload(
        self, path: Path, *, name: str | None = None, purpose: str = "curate"
    ) -> UploadedFile:
        """Stream a file into the service's store and compare digests.

        Args:
            path: JSONL (plain, .gz or .zst) or Parquet.
            name: what the service calls it in row addresses; default: the file's own name.
            purpose: `curate` or `batch`.

        Raises:
            InputError: the file cannot be read.
            BrokenAnswerError: the service has other bytes than the file.
        """
        source = _Source(path)
        query = {"filename": name or path.name, "purpose": purpose}
        call = Call(
            "POST",
            "v1/files",
            query=query,
            headers={"content-type": "application/octet-stream"},
            make_body=source.read,
            is_safe=True,  # at worst the store holds the file twice
        )
        kept = read_part(UploadedFile, await self._transport.ask(call))
        if kept.sha256 is not None and kept.sha256 != source.sha256:
            raise BrokenAnswerError(
                f"expected {str(path)!r} to arrive with SHA-256 {source.sha256}, found "
                f"{kept.sha256}; upload it again"
            )
        return kept

    async def submit(
        self,
        data: str | Sequence[str] | Sequence[Mapping[str, Any]],
        *,
        pipeline: str | Mapping[str, Any] | None = None,
        rubric: str | Mapping[str, Any] | None = None,
        judge: str | None = None,
        seed: int | None = None,
        output_format: Literal["jsonl", "parquet"] | None = None,
        index: bool | None = None,
        against: Sequence[str] | None = None,
        evaluation: Sequence[str] | None = None,
        semantic: float | Literal[True] | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> RemoteRun:
        """Make a run over uploaded files or over samples.

        What is not given is what the service does by itself.

        Args:
            data: a file's id, several of them, or the samples.
            pipeline: the name of one that the service knows, or a whole one.
            rubric: likewise.
            judge: the name of one that the service knows.
            seed: of all that is drawn.
            output_format: of the results.
            index: let later runs know what this one keeps.
            against: earlier, indexed runs whose samples are not kept again; `all`: every one.
            evaluation: ids of uploaded evaluation sets whose items must not be in the data.
            semantic: the cosine from which the semantic tier flags; True: the service's own.
            metadata: up to 16 pairs of text, given back as they are.
            idempotency_key: defaults to a digest of the request; give another one to curate the
                same input again.
        """
        given = {
            "input": data if isinstance(data, str) else list(data),
            "pipeline": pipeline,
            "rubric": rubric,
            "judge": judge,
            "seed": seed,
            "format": output_format,
            "index": index,
            "against": None if against is None else list(against),
            "evaluation": None if evaluation is None else list(evaluation),
            "semantic": {} if semantic is True else semantic and {"threshold": semantic},
            "metadata": metadata,
        }
        body = {name: value for name, value in given.items() if value is not None}
        key = idempotency_key or key_of_content(body)
        call = self._post("v1/runs", body, {"idempotency-key": key})
        return read_part(RemoteRun, await self._transport.ask(call))

    async def run(self, run_id: str) -> RemoteRun:
        """Return a run with its progress."""
        return read_part(RemoteRun, await self._get(f"v1/runs/{_word(run_id)}"))

    async def runs(self, *, status: str | None = None) -> AsyncIterator[RemoteRun]:
        """Yield runs, newest first, page by page."""
        async for entry in self._pages("v1/runs", "after", state=status):
            yield read_part(RemoteRun, entry)

    async def cancel(self, run_id: str) -> RemoteRun:
        """Stop a run; what is committed stays."""
        call = Call("POST", f"v1/runs/{_word(run_id)}/cancel", is_safe=False)
        return read_part(RemoteRun, await self._transport.ask(call))

    async def resume(self, run_id: str) -> RemoteRun:
        """Let a stopped run go on where it stopped."""
        call = Call("POST", f"v1/runs/{_word(run_id)}/resume", is_safe=False)
        return read_part(RemoteRun, await self._transport.ask(call))

    async def watch(
        self, run_id: str, *, last_event_id: str | None = None
    ) -> AsyncIterator[RunEvent]:
        """Yield what happens to a run until it ends or stops, over broken connections."""
        path = f"v1/runs/{_word(run_id)}/events"
        async for event in watch_run(self._transport, path, last_event_id=last_event_id):
            yield event

    async def results(
        self,
        run_id: str,
        outcome: str,
        path: Path,
        *,
        output_format: Literal["jsonl", "parquet"] | None = None,
        sha256: str | None = None,
    ) -> Downloaded:
        """Stream an outcome file of a finished run to `path`; go on with what is there of it.

        Raises:
            BrokenAnswerError: its bytes do not have the digest that the service named.
            OutputError: the disk is full, or the folder cannot be written.
        """
        query = {} if output_format is None else {"format": output_format}
        call = Call("GET", f"v1/runs/{_word(run_id)}/results/{_word(outcome)}", query=query)
        return await download(self._transport, call, path, sha256=sha256)

    async def document(
        self, run_id: str, name: Literal["manifest", "report"], path: Path
    ) -> Downloaded:
        """Fetch the manifest or the report of a finished run.

        Raises:
            OutputError: the disk is full, or the folder cannot be written.
        """
        call = Call("GET", f"v1/runs/{_word(run_id)}/{name}")
        return await download(self._transport, call, path)

    async def samples(
        self,
        *,
        run: str | None = None,
        outcome: str | None = None,
        rule: str | None = None,
        source: str | None = None,
        sample_type: str | None = None,
        language: str | None = None,
        min_overall: float | None = None,
        max_overall: float | None = None,
        name: str | None = None,
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Yield samples that pass all filters, newest run first; overall scores in points."""
        async for entry in self._pages(
            "v1/samples",
            "cursor",
            run=run,
            outcome=outcome,
            rule=rule,
            source=source,
            type=sample_type,
            language=language,
            min_overall=None if min_overall is None else str(min_overall),
            max_overall=None if max_overall is None else str(max_overall),
            q_id=name,
        ):
            yield entry

    async def sample(self, name: str, *, run: str | None = None) -> Mapping[str, Any]:
        """Return the whole story of a sample: a sample_id, an id of yours, or FILE:LINE."""
        story: Mapping[str, Any] = await self._get(f"v1/samples/{_name(name)}", run=run)
        return story

    async def review(
        self, name: str, *, run: str, decision: Opinion, comment: str | None = None
    ) -> Review:
        """Store a person's decision on a sample; the last one counts."""
        body = {"run": run, "decision": decision, "comment": comment}
        call = self._post(f"v1/samples/{_name(name)}/review", body, {}, is_safe=False)
        return read_part(Review, await self._transport.ask(call))

    async def stats(self, *, run: str | None = None) -> Mapping[str, Any]:
        """Return the figures of a run, or sums over all."""
        figures: Mapping[str, Any] = await self._get("v1/stats", run=run)
        return figures

    async def diff(self, before: str, after: str) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the samples that two finished runs put into different outcomes."""
        async for flip in self._pages(_diff_path(before, after), "cursor"):
            yield flip

    async def diff_summary(self, before: str, after: str) -> Mapping[str, Any]:
        """Return what was set differently between two runs, and the sums of what changed."""
        page = await self._get(_diff_path(before, after), limit="1")
        summary: Mapping[str, Any] = page["summary"]
        return summary

    async def delete_sample(
        self, name: str, *, run: str | None = None, reason: str | None = None
    ) -> Mapping[str, Any]:
        """Remove what a sample said, from all runs or from one; tell what was done."""
        removed: Mapping[str, Any] = await self._delete(
            f"v1/samples/{_name(name)}", run=run, reason=reason
        )
        return removed

    async def delete_run(self, run_id: str, *, reason: str | None = None) -> Mapping[str, Any]:
        """Remove a stopped run's results and all that its samples said; tell what was done."""
        removed: Mapping[str, Any] = await self._delete(f"v1/runs/{_word(run_id)}", reason=reason)
        return removed

    async def delete_file(self, file_id: str) -> None:
        """Delete an uploaded file that no run works on."""
        await self._delete(f"v1/files/{_word(file_id)}")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _get(self, path: str, **query: str | None) -> Any:
        call = Call("GET", path, query=_given(query), silence_seconds=LONG_SECONDS)
        return await self._transport.ask(call)

    async def _delete(self, path: str, **query: str | None) -> Any:
        call = Call("DELETE", path, query=_given(query), silence_seconds=LONG_SECONDS)
        return await self._transport.ask(call)

    async def _pages(self, path: str, cursor_name: str, **query: str | None) -> AsyncIterator[Any]:
        cursor: str | None = None
        while True:
            asked = {**query, "limit": str(PAGE), cursor_name: cursor}
            data, cursor = read_page(await self._get(path, **asked))
            for entry in data:
                yield entry
            if cursor is None:
                return

    def _post(
        self, path: str, body: object, headers: Mapping[str, str], *, is_safe: bool = True
    ) -> Call:
        try:
            text = orjson.dumps(body)
        except TypeError as exc:
            raise InputError(
                f"expected a request that JSON can say, found one that it cannot ({exc})"
            ) from exc
        return Call(
            "POST", path, headers={**_JSON, **headers}, make_body=lambda: text, is_safe=is_safe
        )


class _Source:
    """A file as the body of a request: read in blocks, hashed on the way."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.sha256 = ""
        if not path.is_file():
            raise InputError(f"expected a file to upload, found none at {str(path)!r}")

    async def read(self) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        try:
            with self._path.open("rb") as stream:
                while block := await asyncio.to_thread(stream.read, BLOCK_BYTES):
                    digest.update(block)
                    yield block
        except OSError as exc:
            raise InputError(
                f"expected to read {str(self._path)!r}, found: {exc.strerror}"
            ) from exc
        self.sha256 = digest.hexdigest()


def _given(query: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in query.items() if value is not None}


def _word(text: str) -> str:
    """Return a part of a path."""
    if not text or "/" in text or text in (".", ".."):
        raise InputError(f"expected an id, found {text!r:.80}")
    return quote(text, safe="")


def _name(text: str) -> str:
    """Return a sample's name as one part of a path; it may hold slashes, for files have folders."""
    if not text or text in (".", ".."):
        raise InputError(f"expected a sample's name, found {text!r:.80}")
    return quote(text, safe=":")


def _diff_path(before: str, after: str) -> str:
    return f"v1/runs/{_word(before)}/diff/{_word(after)}"
