"""From rollouts to rewards: asks what the routes need, puts the totals together, keeps the order.

The invariants: as many rewards as rollouts and in their order; equal rollouts are rewarded equally
and measured once; one bad rollout fails alone; the same batch asked again has the same rewards.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from assay.domain.errors import InvalidTaskError, JudgeBackendError, RewardModelError
from assay.domain.reward import GroupDiagnostics, Reward
from assay.domain.rollout import Rollout
from assay_rl_rewards.final_text import FinalText, read_final_text
from assay_rl_rewards.pool.jobs import Outcome, PoolItem
from assay_rl_rewards.rewarding.assembly import Rewarded, assemble, refuse
from assay_rl_rewards.rewarding.measurement import Measurement, from_outcome, from_scored
from assay_rl_rewards.rewarding.sheet import NamedTask, Questions, Sheet, Tasks
from assay_rl_rewards.routes.conditions import Conditions
from assay_rl_rewards.routes.groups import Member, diagnose
from assay_rl_rewards.routes.versions import VersionedRoute
from assay_rl_rewards.scorer import Scored, Scorer

_TOO_LONG = FinalText("", is_too_long=True)


class Grading(Protocol):
    """Runs verifiers where they can be killed; answers stand in the order of the items."""

    async def run(self, items: Sequence[PoolItem]) -> Sequence[Outcome]:
        """Return one outcome per item; what goes wrong with an item is its outcome."""


@dataclass(frozen=True, slots=True)
class UnreadRollout:
    """A rollout that could not be read; it takes part in its batch with a null."""

    reason: str
    id: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Scoring:
    """The rewards of a batch in its order, and its groups in the order of their first rollout."""

    rewards: tuple[Reward, ...]
    groups: tuple[GroupDiagnostics, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the answers to one rollout's questions will stand, by the term's name."""

    rollout: Rollout
    route: VersionedRoute
    version: str
    text: FinalText
    graded: Mapping[str, int]
    scored: Mapping[str, int]


class RewardEngine:
    """Rewards batches; one for the life of a service.

    Args:
        routes: by domain.
        pool: runs the verifiers that routes name.
        scorers: `reward_model` and `judge`, where they are configured.
        conditions: the limits that the pool grades under, and that of one response.
    """

    def __init__(
        self,
        routes: Mapping[str, VersionedRoute],
        pool: Grading,
        scorers: Mapping[str, Scorer] | None = None,
        *,
        conditions: Conditions | None = None,
    ) -> None:
        self.routes = routes
        conditions = conditions or Conditions()
        self._max_response_chars = conditions.max_response_chars
        self._conditions = conditions.digest()  # nothing of it changes while a process lives
        self._pool = pool
        self._scorers = {} if scorers is None else scorers  # may be filled later

    def versions(self) -> dict[str, str]:
        """Return the version of each domain's rewards, with the scorers as they are now."""
        scorers = {kind: scorer.version for kind, scorer in self._scorers.items()}
        return {
            domain: route.version(scorers, self._conditions)
            for domain, route in self.routes.items()
        }

    async def score(self, rollouts: Sequence[Rollout | UnreadRollout]) -> Scoring:
        """Return the rewards of a batch, and how its groups compare."""
        batch = _Batch(self.routes, self.versions(), self._max_response_chars)
        plans = [batch.plan(rollout) for rollout in rollouts]
        async with asyncio.TaskGroup() as group:
            grading = group.create_task(self._grade(batch.sheet))
            asking = {
                kind: group.create_task(self._ask(kind, questions))
                for kind, questions in batch.questions.items()
            }
        graded = grading.result()
        scored = {kind: task.result() for kind, task in asking.items()}
        rewarded = [
            plan if isinstance(plan, Rewarded) else _finish(plan, graded, scored) for plan in plans
        ]
        return Scoring(
            tuple([each.reward for each in rewarded]),
            tuple(_compare(rollouts, rewarded)),
        )

    async def _grade(self, sheet: Sheet) -> list[Measurement]:
        if not sheet.items:
            return []
        return [from_outcome(outcome) for outcome in await self._pool.run(sheet.items)]

    async def _ask(self, kind: str, questions: Questions) -> list[Measurement]:
        """Score answers; a model that is away fails each of them, and nothing else."""
        begun = time.perf_counter()
        scorer = self._scorers.get(kind)
        scored: Sequence[Scored]
        if scorer is None:
            missing = JudgeBackendError(f"expected a {kind} to ask, found none configured")
            scored = [missing] * len(questions.items)
        else:
            try:
                scored = await scorer.score_answers(questions.items)
            except (JudgeBackendError, RewardModelError) as exc:
                scored = [exc] * len(questions.items)
        each = (time.perf_counter() - begun) * 1000 / len(questions.items)
        return [from_scored(one, each) for one in scored]


class _Batch:
    """Collects the questions of a batch."""

    def __init__(
        self,
        routes: Mapping[str, VersionedRoute],
        versions: Mapping[str, str],
        max_response_chars: int,
    ) -> None:
        self._routes = routes
        self._versions = versions
        self._max_response_chars = max_response_chars
        self._tasks = Tasks()
        self.sheet = Sheet()
        self.questions: dict[str, Questions] = {}

    def plan(self, rollout: Rollout | UnreadRollout) -> "_Plan | Rewarded":
        """Return where a rollout's answers will stand, or its null where it cannot be asked."""
        if isinstance(rollout, UnreadRollout):
            return refuse(rollout.id, rollout.reason)
        route = self._routes.get(rollout.domain)
        if route is None:
            known = ", ".join(self._routes)
            return refuse(rollout.id, f"expected a domain of {known}, found {rollout.domain!r:.40}")
        try:
            task = self._tasks.of(rollout)
        except InvalidTaskError as exc:
            version = self._versions[route.id]
            return refuse(rollout.id, str(exc), verifier=route.id, version=version)
        return self._ask(rollout, route, task)

    def _ask(self, rollout: Rollout, route: VersionedRoute, task: NamedTask) -> _Plan:
        """Ask what a route needs; of a cut answer no more than whether its task is sound."""
        text = _TOO_LONG
        if len(rollout.response) <= self._max_response_chars:
            text = read_final_text(rollout.response)
        is_cut = rollout.is_truncated and route.route.truncated == "zero"
        shown = "" if is_cut else text.text
        graded = {
            name: self.sheet.add(verifier, task, shown)
            for name, verifier in route.verifiers.items()
        }
        scored = {}
        if not is_cut and not text.is_too_long:
            for name, kind in route.scorers.items():
                questions = self.questions.setdefault(kind, Questions())
                scored[name] = questions.add(task, shown)
        return _Plan(rollout, route, self._versions[route.id], text, graded, scored)


def _finish(
    plan: _Plan, graded: Sequence[Measurement], scored: Mapping[str, Sequence[Measurement]]
) -> Rewarded:
    measured = {name: graded[place] for name, place in plan.graded.items()}
    for name, place in plan.scored.items():
        measured[name] = scored[plan.route.scorers[name]][place]
    return assemble(plan.rollout, plan.route, plan.version, plan.text, measured)


def _compare(
    rollouts: Sequence[Rollout | UnreadRollout], rewarded: Sequence[Rewarded]
) -> list[GroupDiagnostics]:
    """Compare the members of each group; lengths are tokens where every member has them."""
    groups: dict[str, list[int]] = {}
    for place, rollout in enumerate(rollouts):
        if rollout.group is not None:
            groups.setdefault(rollout.group, []).append(place)
    return [
        diagnose(name, _members([rollouts[at] for at in places], [rewarded[at] for at in places]))
        for name, places in groups.items()
    ]


def _members(
    rollouts: Sequence[Rollout | UnreadRollout], rewarded: Sequence[Rewarded]
) -> list[Member]:
    read = [rollout for rollout in rollouts if isinstance(rollout, Rollout)]
    has_tokens = all(rollout.num_tokens is not None for rollout in read)
    members = []
    for rollout, each in zip(rollouts, rewarded, strict=True):
        length, is_truncated = 0, False
        if isinstance(rollout, Rollout):
            length = (rollout.num_tokens or 0) if has_tokens else len(rollout.response)
            is_truncated = rollout.is_truncated
        members.append(Member(each.reward.reward, each.unshaped, length, is_truncated))
    return members
