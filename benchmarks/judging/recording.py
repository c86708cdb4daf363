"""The requests that the engine makes, byte for byte, so that a bare loop can send the same."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from assay.domain.errors import JudgeBackendError
from assay.domain.sample import Sample
from assay.rubrics import load_rubric
from assay_judge.backend.dialect import BATCH, CHAT
from assay_judge.backend.probe import probe
from assay_judge.backend.server import ServerBackend
from assay_judge.backend.settings import BackendSettings
from assay_judge.backend.transport import Answer, Transport
from assay_judge.cache.sharing import SharedJudgements
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import EngineSettings, Mode

RUBRIC = load_rubric("default")
NONCE_KEY = b"benchmark"  # the same everywhere: the same sample gives the same bytes


class Recorded(NamedTuple):
    """One request: the path below the server's root, and the body."""

    path: str
    body: bytes


class Exchange(NamedTuple):
    """A request that was answered, and what the server says that it used."""

    request: Recorded
    usage: Mapping[str, Any]


class Recorder(Transport):
    """A transport that keeps what generations and reads send, in that order, and what they used."""

    def __init__(self, settings: BackendSettings) -> None:
        super().__init__(settings)
        self.requests: list[Recorded] = []
        self.exchanges: list[Exchange] = []  # as the answers come
        self.num_judgements = 0

    async def post(self, path: str, body: dict[str, Any], *, reads: Sequence[str] = ()) -> Answer:
        request = Recorded(path, orjson.dumps(body))
        if path in (CHAT, BATCH):
            self.requests.append(request)
        answer = await super().post(path, body, reads=reads)
        self.exchanges.append(Exchange(request, answer.document.get("usage") or {}))
        return answer

    def forget(self) -> None:
        """Begin anew, as after the probe."""
        self.requests, self.exchanges, self.num_judgements = [], [], 0


async def record(
    url: str, samples: Sequence[Sample], mode: Mode, *, num_in_flight: int
) -> Recorder:
    """Judge samples and return the recorder with what was sent.

    Raises:
        JudgeBackendError: the server cannot be used, or a sample could not be judged.
    """
    settings = backend_settings(url, num_in_flight)
    recorder = Recorder(settings)
    try:
        found = await probe(recorder, settings)
        backend = ServerBackend(recorder, found.dialect, found.capabilities, settings.max_batch)
        recorder.forget()
        judge = make_judge(backend, mode, num_in_flight=num_in_flight)
        for judged in await judge.judge_many(samples):
            if isinstance(judged, JudgeBackendError):
                raise judged
            recorder.num_judgements += len(judged)
    finally:
        await recorder.close()
    return recorder


def backend_settings(url: str, num_in_flight: int) -> BackendSettings:
    """A server pressed at once as hard as it will be."""
    return BackendSettings(url=url, max_in_flight=num_in_flight, first_in_flight=num_in_flight)


def make_judge(
    backend: ServerBackend,
    mode: Mode,
    *,
    num_in_flight: int,
    shared: SharedJudgements | None = None,
) -> LlmJudge:
    """The engine as it is shipped, with the vetted settings."""
    settings = EngineSettings(mode=mode, max_in_flight=num_in_flight)
    return LlmJudge(backend, RUBRIC, settings, nonce_key=NONCE_KEY, shared=shared)
