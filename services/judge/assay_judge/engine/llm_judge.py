"""The judge behind a model server: one judgement per assistant turn, or an error, never a guess.

The path of a turn: an answer without substance is found by code; code's facts and flags are
gathered; the turn is made to fit; the model is asked by the plan of the mode; the judgement is put
together. Invariants: a judgement is shared by all who ask for the same turn at the same time and
kept in the cache; a failure is neither; what was used is counted and settled in both cases.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from hashlib import sha256

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Judgement
from assay.domain.ports import Judged, RepairRequest, Rewritten
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.verifiers.view import View
from assay_judge.backend.contract import Backend, Capabilities
from assay_judge.cache.keys import judgement_key, sample_body
from assay_judge.cache.sharing import SharedJudgements
from assay_judge.cost.budget import Budget
from assay_judge.cost.ledger import Ledger
from assay_judge.engine.assembly import Assembler, after
from assay_judge.engine.cascade import doubts
from assay_judge.engine.crowd import Crowd
from assay_judge.engine.desk import Desk
from assay_judge.engine.examine import Plan, examine, plan_of
from assay_judge.engine.fitting import Fitted, Layout, fit
from assay_judge.engine.gauge import Gauge
from assay_judge.engine.meter import Meter
from assay_judge.engine.reserving import most_usage
from assay_judge.engine.settings import EngineSettings, Mode
from assay_judge.engine.subject import Subject, open_subject, scopes_of
from assay_judge.engine.version import judge_version
from assay_judge.hostile.defences import Defences
from assay_judge.hostile.master_keys import find_master_key
from assay_judge.prompts.exhibit import Exhibit
from assay_judge.repair.rewriter import Rewriter

VETTED = EngineSettings()
ALL_DEFENCES = Defences()


class LlmJudge:
    """Judges samples with one model, rubric and mode; lives in one event loop.

    Args:
        backend: the model server; closed with the judge.
        rubric: what to judge by.
        settings: mode, sampling and thresholds of reads.
        nonce_key: makes the markers of the data block unpredictable; keep it secret.
        shared: shares judgements with other callers and, through its cache, with other runs.
        ledger: counts what was used.
        budget: limits it.
        defences: all on; the attack suite turns some off.
        is_owner: `close` closes backend, shared and budget too.
    """

    def __init__(
        self,
        backend: Backend,
        rubric: Rubric,
        settings: EngineSettings = VETTED,
        *,
        nonce_key: bytes = b"",
        shared: SharedJudgements | None = None,
        ledger: Ledger | None = None,
        budget: Budget | None = None,
        defences: Defences = ALL_DEFENCES,
        is_owner: bool = True,
    ) -> None:
        capabilities = backend.capabilities
        self.rubric = rubric
        self.settings = settings
        self.name = capabilities.model
        self.version = judge_version(rubric, settings, capabilities, defences)
        self._backend = backend
        self._shared = shared
        self._ledger = ledger
        self._budget = budget
        self._defences = defences
        self._nonce_key = nonce_key
        self._is_owner = is_owner
        self._desk = Desk(rubric, settings, capabilities, nonce_key=nonce_key, defences=defences)
        self._gauge = Gauge(backend)
        self._assembler = Assembler(rubric, judge=self.name, version=self.version)
        self._plans = _plans(settings, defences)
        self._writes_digits = any(plan.writes_digits for plan in self._plans)
        self._scopes = scopes_of(rubric)
        self._slots = asyncio.Semaphore(settings.max_in_flight)
        self._rewriter = Rewriter(
            backend,
            rubric,
            nonce_key=nonce_key,
            seed=settings.seed,
            max_in_flight=settings.max_in_flight,
            ledger=ledger,
            budget=budget,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What the server can do."""
        return self._backend.capabilities

    async def judge_sample(self, sample: Sample) -> tuple[Judgement, ...]:
        """Return one judgement per assistant turn, in order.

        When a turn fails the others are finished first, so that the cache holds them for the next
        try.

        Raises:
            JudgeBackendError: the model gave no usable answer for some turn.
            BudgetError: the budget does not reach for some turn.
        """
        view = View(sample)
        turns = view.assistant_turns
        body = b"" if self._shared is None else sha256(sample_body(sample)).digest()
        if len(turns) == 1:
            return (await self._judge_turn(view, turns[0], body),)
        answers = await asyncio.gather(
            *(self._judge_turn(view, turn, body) for turn in turns), return_exceptions=True
        )
        errors = [answer for answer in answers if isinstance(answer, BaseException)]
        if errors:
            # A budget or a bug says more than a server's bad moment.
            raise min(errors, key=lambda error: isinstance(error, JudgeBackendError))
        return tuple(answer for answer in answers if isinstance(answer, Judgement))

    async def judge_many(self, samples: Sequence[Sample]) -> list[Judged]:
        """Return, per sample and in order, one judgement per assistant turn, or the error.

        Raises:
            BudgetError: the budget is spent; what was judged by then is in the cache.
        """
        return await Crowd(samples, self.judge_sample, limit=self.settings.max_in_flight).run()

    async def repair_turns(
        self, requests: Sequence[RepairRequest]
    ) -> list[Rewritten | JudgeBackendError]:
        """Return, per request and in order, the response rewritten by the same model, or the error.

        Raises:
            BudgetError: the budget does not reach for a rewrite.
        """
        return await self._rewriter.rewrite_all(requests)

    def descending(self) -> "LlmJudge":
        """Return the same judge with the levels of each dimension told from 5 down to 1.

        It shares server, cache, ledger and budget with this one, which goes on owning them.
        """
        return LlmJudge(
            self._backend,
            self.rubric,
            self.settings.model_copy(update={"descending": True}),
            nonce_key=self._nonce_key,
            shared=self._shared,
            ledger=self._ledger,
            budget=self._budget,
            defences=self._defences,
            is_owner=False,
        )

    async def close(self) -> None:
        """Let go of the server, the cache and the budget; those who share them go first."""
        if not self._is_owner:
            return
        async with AsyncExitStack() as stack:
            for part in (self._budget, self._shared, self._backend):
                if part is not None:
                    stack.push_async_callback(part.close)

    async def _judge_turn(self, view: View, turn: int, body: bytes) -> Judgement:
        make = partial(self._make, view, turn)
        if self._shared is None:
            judgement = await make()
        else:
            key = judgement_key(
                sample_body=body,
                turn=turn,
                version=self.version,
                fingerprint=self._backend.capabilities.fingerprint,
            )
            judgement = await self._shared.get_or_make(key, make)
        if self._ledger is not None:
            self._ledger.record_judgement(judgement)
        return judgement

    async def _make(self, view: View, turn: int) -> Judgement:
        key = find_master_key(view.sample, turn) if self._defences.master_keys else None
        if key is not None:
            return self._assembler.no_answer(turn, key, self.settings.mode)
        async with self._slots:
            subject = open_subject(view, turn, self._scopes, self._defences)
            meter = Meter(self._backend)
            try:
                return await self._judge(subject, meter)
            except JudgeBackendError as error:
                if self._ledger is not None:
                    self._ledger.record_failure(error.code, usage=meter.usage, model=self.name)
                raise

    async def _judge(self, subject: Subject, meter: Meter) -> Judgement:
        fitted = await self._fit(subject)
        try:
            return await self._paid(subject, fitted, meter)
        except JudgeBackendError as error:
            if error.code != "context_overflow" or not self._gauge.has_limit:
                raise
            again = await self._fit(subject, is_strict=True)
            if again.parts == fitted.parts:
                raise
        return await self._paid(subject, again, meter)

    async def _fit(self, subject: Subject, *, is_strict: bool = False) -> Fitted:
        desk, settings, writes = self._desk, self.settings, self._writes_digits
        forms = desk.scored if writes else desk.plain
        exhibit = Exhibit(subject.sample, subject.turn, subject.facts)
        # the same for all turns and parts of a sample, and as dear as writing the page
        nonce = subject.view.cached("engine.nonce", partial(desk.nonce, exhibit))
        layout = Layout(
            system=desk.system(subject, with_scores=writes),
            tail=desk.evidence_task,
            max_tokens=forms.first.shape.max_tokens,
            render=partial(desk.render, nonce=nonce),
        )
        return await fit(
            exhibit,
            layout,
            self._gauge,
            max_groups=settings.max_document_groups,
            max_group_chars=settings.max_group_chars if settings.mode is Mode.THOROUGH else None,
            is_strict=is_strict,
        )

    async def _paid(self, subject: Subject, fitted: Fitted, meter: Meter) -> Judgement:
        """Ask the model within the budget."""
        if self._budget is None:
            return await self._ask(subject, fitted, meter)
        most = most_usage(subject, fitted.parts, self._desk, self._plans)
        reservation = await self._budget.reserve(most, model=self.name)
        before = meter.mark()
        try:
            return await self._ask(subject, fitted, meter)
        finally:
            self._budget.settle(reservation, meter.usage_since(before))

    async def _ask(self, subject: Subject, fitted: Fitted, meter: Meter) -> Judgement:
        first, *rest = self._plans
        opinion = await examine(subject, fitted.parts, self._desk, meter, first)
        judgement = self._assembler.judgement(subject, fitted, opinion, meter.usage)
        if not rest or not doubts(judgement, self.rubric, self.settings):
            return judgement
        second = await examine(subject, fitted.parts, self._desk, meter, rest[0])
        return self._assembler.judgement(subject, fitted, after(opinion, second), meter.usage)


def _plans(settings: EngineSettings, defences: Defences) -> tuple[Plan, ...]:
    """What is asked: one plan, or for a cascade the second one in case of doubt."""
    is_cascade = settings.mode is Mode.CASCADE
    modes = (Mode.FAST, Mode.STANDARD) if is_cascade else (settings.mode,)
    return tuple(plan_of(mode, settings, read_scores=defences.read_scores) for mode in modes)
