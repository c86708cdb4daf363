"""The filter service for callers without an event loop: the same methods, plain iterators."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from assay.client.blocking import LoopThread
from assay.client.downloading import Downloaded
from assay.client.filter import FilterClient, Opinion
from assay.client.filter_wire import RemoteRun, Review, RunEvent, UploadedFile


class BlockingFilterClient:
    """`FilterClient` from any thread; takes its arguments.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._client = FilterClient(url, **options)
        self._loop = LoopThread("assay-filter-client")

    def upload(self, path: Path, **options: Any) -> UploadedFile:
        return self._loop.wait(self._client.upload(path, **options))

    def submit(self, data: Any, **options: Any) -> RemoteRun:
        return self._loop.wait(self._client.submit(data, **options))

    def run(self, run_id: str) -> RemoteRun:
        return self._loop.wait(self._client.run(run_id))

    def runs(self, *, status: str | None = None) -> Iterator[RemoteRun]:
        return self._loop.iterate(self._client.runs(status=status))

    def cancel(self, run_id: str) -> RemoteRun:
        return self._loop.wait(self._client.cancel(run_id))

    def resume(self, run_id: str) -> RemoteRun:
        return self._loop.wait(self._client.resume(run_id))

    def watch(self, run_id: str, *, last_event_id: str | None = None) -> Iterator[RunEvent]:
        return self._loop.iterate(self._client.watch(run_id, last_event_id=last_event_id))

    def results(self, run_id: str, outcome: str, path: Path, **options: Any) -> Downloaded:
        return self._loop.wait(self._client.results(run_id, outcome, path, **options))

    def document(self, run_id: str, name: Literal["manifest", "report"], path: Path) -> Downloaded:
        return self._loop.wait(self._client.document(run_id, name, path))

    def samples(self, **filters: Any) -> Iterator[Mapping[str, Any]]:
        return self._loop.iterate(self._client.samples(**filters))

    def sample(self, name: str, *, run: str | None = None) -> Mapping[str, Any]:
        return self._loop.wait(self._client.sample(name, run=run))

    def review(
        self, name: str, *, run: str, decision: Opinion, comment: str | None = None
    ) -> Review:
        return self._loop.wait(
            self._client.review(name, run=run, decision=decision, comment=comment)
        )

    def stats(self, *, run: str | None = None) -> Mapping[str, Any]:
        return self._loop.wait(self._client.stats(run=run))

    def diff(self, before: str, after: str) -> Iterator[Mapping[str, Any]]:
        return self._loop.iterate(self._client.diff(before, after))

    def diff_summary(self, before: str, after: str) -> Mapping[str, Any]:
        return self._loop.wait(self._client.diff_summary(before, after))

    def delete_sample(
        self, name: str, *, run: str | None = None, reason: str | None = None
    ) -> Mapping[str, Any]:
        return self._loop.wait(self._client.delete_sample(name, run=run, reason=reason))

    def delete_run(self, run_id: str, *, reason: str | None = None) -> Mapping[str, Any]:
        return self._loop.wait(self._client.delete_run(run_id, reason=reason))

    def delete_file(self, file_id: str) -> None:
        self._loop.wait(self._client.delete_file(file_id))

    def close(self) -> None:
        """Let go of the connections and end the thread; again does nothing."""
        self._loop.close(self._client.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
