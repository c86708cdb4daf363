"""The judge service's verdict as a reward: `judge` in routes.

The answer is judged as the last assistant turn of its prompt, and only that turn's judgement
counts. A verified hard defect earns 0; else the overall score of 1 to 5 points becomes 0 to 1. The
invariants: a judge that is away, out of money, or without an overall score gives an error and
never a number; what we read of a judgement is what the service decided by the same rubric.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from assay.client.batching import Scored as JudgeAnswer
from assay.client.judge import JudgeClient
from assay.client.wire import ScoreResult, malformed
from assay.datasets.sample_type import infer_type
from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.rubric import Rubric
from assay.domain.sample import Message, Sample
from assay.domain.verdict import Decision, Verdict, decide
from assay_rl_rewards.judging.pacing import Pace
from assay_rl_rewards.scorer import SATURATED, Answer, Scored
from assay_rl_rewards.verifier import Grade

MAX_WAITING = 16_384  # answers: a training step of 1,024 prompts with 16 rollouts
CHUNK = 64  # answers that are paced together
_GRADING = 1  # of this module: how a verdict becomes a grade
_HARD = "defect."


@dataclass(frozen=True, slots=True)
class _Identity:
    """Who judges, and by what rubric."""

    name: str
    version: str
    rubric: Rubric


class JudgeScorer:
    """Grades answers by a judge service; lives in one event loop and owns its client.

    Args:
        client: talks to the service; its bounds on batches and requests in flight hold.
        rubric: the name that the client was made with; None: the service's own.
        per_second: answers that may begin to be judged a second; None: as many as the client asks.
        max_waiting: answers under way; further ones are `saturated`.
    """

    id = "judge"

    def __init__(
        self,
        client: JudgeClient,
        *,
        rubric: str | None = None,
        per_second: float | None = None,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._client = client
        self._rubric_name = rubric
        self._pace = Pace(per_second)
        self._max_waiting = max_waiting
        self._num_waiting = 0
        self._identity: _Identity | None = None
        self._identifying = asyncio.Lock()

    @property
    def version(self) -> str:
        """The judge, its version and the rubric, as last seen; `unknown` before."""
        known = self._identity
        if known is None:
            return f"{_GRADING}/unknown"
        return f"{_GRADING}/{known.name}/{known.version}/{known.rubric.digest[:12]}"

    async def identify(self) -> None:
        """Ask who judges, and by what rubric.

        Raises:
            JudgeBackendError: the service is away or not ready.
        """
        self._identity = await self._ask_identity()

    async def score_answers(self, answers: Sequence[Answer]) -> list[Scored]:
        """Return, per answer and in order, its grade, or why there is none."""
        room = max(self._max_waiting - self._num_waiting, 0)
        taken, refused = answers[:room], answers[room:]
        self._num_waiting += len(taken)
        try:
            starts = range(0, len(taken), CHUNK)
            chunks = [self._score_chunk(taken[at : at + CHUNK]) for at in starts]
            scored = [grade for chunk in await asyncio.gather(*chunks) for grade in chunk]
        finally:
            self._num_waiting -= len(taken)
        return [*scored, *[_saturated(self._max_waiting)] * len(refused)]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    async def _score_chunk(self, answers: Sequence[Answer]) -> list[Scored]:
        await self._pace.wait(len(answers))
        try:
            results = await self._client.score_many([_sample(answer) for answer in answers])
        except BudgetError as exc:
            return [JudgeBackendError(str(exc), "refused", 402)] * len(answers)
        return [await self._grade(result) for result in results]

    async def _grade(self, result: JudgeAnswer) -> Scored:
        if isinstance(result, JudgeBackendError):
            return result
        try:
            return _grade(result, await self._decide(result))
        except JudgeBackendError as exc:
            return exc

    async def _decide(self, result: ScoreResult) -> Verdict:
        """Decide the last turn as the service did; its rubric is read again where it did not.

        Raises:
            JudgeBackendError: the service cannot be asked for its rubric, or decides otherwise.
        """
        told = result.turns[-1]
        for _ in range(2):
            seen = self._identity
            if seen is not None:
                verdict = decide(result.judgements[-1], seen.rubric)
                rejects = (verdict.decision is Decision.REJECT, told.decision is Decision.REJECT)
                if rejects[0] == rejects[1] and verdict.overall == told.overall:
                    return verdict
            async with self._identifying:
                if self._identity is seen:
                    self._identity = await self._ask_identity()
        raise malformed("a verdict that its own rubric does not give")

    async def _ask_identity(self) -> _Identity:
        found = await self._client.capabilities()
        if found.judge is None:
            raise JudgeBackendError(
                f"expected a judge service that is ready, found: {found.reason!s:.80}",
                "unreachable",
            )
        name = self._rubric_name or found.default_rubric
        rubric = (await self._client.rubrics()).get(name)
        if rubric is None:
            raise malformed(f"no rubric {name!r:.80}")
        return _Identity(found.judge.name, found.judge.version, rubric)


def _grade(result: ScoreResult, verdict: Verdict) -> Scored:
    """Return the grade of a decided turn; an error where it has no overall score."""
    flags = float(len(result.judgements[-1].flags))
    hard = [reason for reason in verdict.reasons if _is_hard(reason)]
    if hard:
        parts = {"judge_hard_defects": float(len(hard)), "judge_flags": flags}
        return Grade(0.0, "the judge verified a defect that rejects", parts=parts)
    if verdict.overall is None:
        return JudgeBackendError(
            "expected an overall score, found that too little of the answer could be scored"
        )
    points = verdict.overall / 1000
    parts = {"judge_overall": points, "judge_hard_defects": 0.0, "judge_flags": flags}
    return Grade((points - 1.0) / 4.0, "judged by the rubric", parts=parts)


def _is_hard(reason: str) -> bool:
    """Tell a verified hard defect from one that is only claimed, which holds at borderline."""
    return reason.startswith(_HARD) and not reason.endswith(".unconfirmed")


def _sample(answer: Answer) -> Sample:
    messages = (*answer.task.messages, Message("assistant", answer.text))
    rows = [{"role": message.role, "content": message.content} for message in messages]
    language = answer.task.language
    kind = infer_type({"messages": rows}, {}, language=language)
    return Sample(messages, type=kind, language=language)


def _saturated(limit: int) -> JudgeBackendError:
    return JudgeBackendError(
        f"expected at most {limit} answers at the judge, found no room for more; send them again",
        SATURATED,
    )
