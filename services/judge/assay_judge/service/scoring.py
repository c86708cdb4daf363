"""Judges and decides what a request asks for, and writes the answer.

The hot path: a sample is parsed once, judged, decided and written once, as bytes. Failures are per
sample: in a batch each has its own error, and order is kept.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from operator import add

import orjson
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from assay.domain.errors import AssayError, JudgeBackendError
from assay.domain.judgement import Judgement, Usage
from assay.domain.sample import JsonValue
from assay.domain.verdict import Decision, Verdict, decide, worst
from assay.web.logs import Log, where_raised
from assay.web.problems import INTERNAL, Problem, ProblemError
from assay.web.request_ids import REQUEST_ID
from assay.web.saturation import Admission
from assay_judge.service.asking import BatchEnvelope, Choice, Options, ScoreEnvelope, read_sample
from assay_judge.service.availability import Availability
from assay_judge.service.judges import JudgeSource
from assay_judge.service.metrics import JudgeMetrics
from assay_judge.service.problems import problem_of

_JUDGEMENT = TypeAdapter(Judgement)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may hold, and how long it may take."""

    max_batch: int
    max_sample_bytes: int
    request_timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON object for one sample, and what it cost."""

    body: bytes
    usage: Usage


class Scoring:
    """What the routes call; one for the life of the service."""

    def __init__(
        self,
        source: JudgeSource,
        availability: Availability,
        options: Options,
        admission: Admission,
        limits: Limits,
        metrics: JudgeMetrics,
        log: Log,
    ) -> None:
        self.source = source
        self.availability = availability
        self.options = options
        self.admission = admission
        self.limits = limits
        self._metrics = metrics
        self._log = log

    def check_room(self) -> None:
        """Refuse early, before a body is read, where a request could not be served anyway.

        Raises:
            ProblemError: 503 without a judge, 429 without room.
        """
        self.availability.require()
        with self.admission.admit():
            pass

    async def score(self, asked: ScoreEnvelope) -> bytes:
        """Return the answer for one sample.

        Raises:
            ProblemError: why there is none.
        """
        choice = self.options.choose(asked.mode, asked.rubric)
        with self.admission.admit():
            try:
                async with asyncio.timeout(self.limits.request_timeout_seconds):
                    answer = await self._answer(asked.sample, "/sample", choice)
            except TimeoutError:
                raise ProblemError(self._too_slow()) from None
        return answer.body

    async def score_batch(self, asked: BatchEnvelope) -> bytes:
        """Return the answers for many samples, in order; a failed one has its problem as `error`.

        Raises:
            ProblemError: the batch as a whole cannot be taken.
        """
        choice = self.options.choose(asked.mode, asked.rubric)
        with self.admission.admit(len(asked.samples)):
            tasks = [
                asyncio.ensure_future(self._answer(row, f"/samples/{at}", choice))
                for at, row in enumerate(asked.samples)
            ]
            try:
                await asyncio.wait(tasks, timeout=self.limits.request_timeout_seconds)
            finally:
                for task in tasks:
                    task.cancel()  # those that are done stay as they are
                await asyncio.gather(*tasks, return_exceptions=True)
        return self._batch_body(tasks)

    async def _answer(self, row: JsonValue, pointer: str, choice: Choice) -> Answer:
        addressed = read_sample(row, pointer, max_bytes=self.limits.max_sample_bytes)
        async with self.admission.turn():
            judge = self.source.judge(choice.mode, choice.rubric.rubric)
            try:
                judgements = await judge.judge_sample(addressed.sample)
                return self._written(judgements, addressed.content, choice)
            except AssayError as exc:
                self._note(exc)
                raise ProblemError(problem_of(exc)) from None

    def _written(self, judgements: Sequence[Judgement], content: bytes, choice: Choice) -> Answer:
        if not judgements:
            raise JudgeBackendError("expected a judgement per assistant turn, found none", "failed")
        verdicts = [decide(judgement, choice.rubric.rubric) for judgement in judgements]
        usages = [j.usage for j in judgements if j.usage is not None]
        usage = reduce(add, usages) if usages else Usage()
        body = _score_body(judgements, verdicts, content, usage, choice)
        self._metrics.count(judgements, verdicts)
        return Answer(body, usage)

    def _note(self, error: AssayError) -> None:
        code = error.code if isinstance(error, JudgeBackendError) else type(error).__name__
        self._metrics.count_error(code)
        self._log.warning("sample.not_judged", code=code)
        if code == "unreachable":
            self.availability.suspect(str(error))

    def _batch_body(self, tasks: Sequence["asyncio.Future[Answer]"]) -> bytes:
        request_id = REQUEST_ID.get()
        results, usage = [], Usage()
        for at, task in enumerate(tasks):
            error = TimeoutError() if task.cancelled() else task.exception()
            if error is None:
                answer = task.result()
                usage += answer.usage
                results.append(b'{"index":%d,' % at + answer.body[1:])
            else:
                members = self._problem(error).members(request_id)
                results.append(orjson.dumps({"index": at, "error": members}, default=str))
        return b'{"results":[' + b",".join(results) + b'],"usage":' + _usage_json(usage) + b"}"

    def _problem(self, error: BaseException) -> Problem:
        if isinstance(error, ProblemError):
            return error.problem
        if isinstance(error, TimeoutError):
            return self._too_slow()
        self._log.error("sample.failed", error=type(error).__name__, where=where_raised(error))
        return Problem(INTERNAL, "the service failed on this sample; its log says more")

    def _too_slow(self) -> Problem:
        seconds = self.limits.request_timeout_seconds
        self._metrics.count_error("timeout")
        return problem_of(
            JudgeBackendError(
                f"expected an answer of the judge within {seconds:g} s, found none; ask for less "
                "at a time",
                "timeout",
            )
        )


def _score_body(
    judgements: Sequence[Judgement],
    verdicts: Sequence[Verdict],
    content: bytes,
    usage: Usage,
    choice: Choice,
) -> bytes:
    whole = worst(verdicts)
    deciding = next(
        at
        for at, verdict in enumerate(verdicts)
        if (verdict.decision, verdict.overall) == (whole.decision, whole.overall)
    )
    written = [_judgement_json(judgement) for judgement in judgements]
    verdict = _verdict_json(whole, verdicts, judgements)
    reference = orjson.dumps(choice.rubric.reference())
    return b"".join(
        (
            b'{"sample_id":"',
            sha256(content).hexdigest().encode("ascii"),
            b'","judgements":[',
            b",".join(written),
            b'],"judgement":',
            written[deciding],
            b',"verdict":',
            verdict,
            b',"rubric":',
            reference,
            b',"usage":',
            _usage_json(usage),
            b"}",
        )
    )


def _verdict_json(
    whole: Verdict, verdicts: Sequence[Verdict], judgements: Sequence[Judgement]
) -> bytes:
    turns = [
        {
            "turn": judgement.turn,
            "decision": verdict.decision,
            "overall": verdict.overall,
            "weight": int(verdict.decision is not Decision.REJECT),
        }
        for judgement, verdict in zip(judgements, verdicts, strict=True)
    ]
    return orjson.dumps(
        {
            "decision": whole.decision,
            "overall": whole.overall,
            "weight_covered": whole.weight_covered,
            "reasons": whole.reasons,
            "basis": whole.basis,
            "turns": turns,
        }
    )


def _judgement_json(judgement: Judgement) -> bytes:
    try:
        return _JUDGEMENT.dump_json(judgement)
    except PydanticSerializationError as exc:  # half a character in the model's own words
        raise JudgeBackendError(
            "expected a judgement that UTF-8 can say, found half a character in it", "malformed"
        ) from exc


def _usage_json(usage: Usage) -> bytes:
    return usage.model_dump_json().encode("ascii")
