"""Judges one turn by one plan: drafts of the evidence, all reads in one batch, one opinion.

The idea: modes differ in how many drafts there are and in where scores come from, and in nothing
else, so there is one path. `fast` takes the digits that stand in its one draft; `standard` reads
each dimension after the checked evidence of its draft; `thorough` does so for both orders of the
levels and several drafts, and averages. Invariant: a score comes from a read (or, where a server
shows no probabilities, a written digit) of the model; there is no other way to one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from assay.domain.judgement import DimensionScore
from assay_judge.engine.desk import Desk, Page
from assay_judge.engine.drafting import MAX_SEED, Draft, Draw, draft_evidence
from assay_judge.engine.groups import (
    average_scores,
    join_confirmations,
    join_defects,
    join_parts,
    join_scores,
)
from assay_judge.engine.meter import Meter, together
from assay_judge.engine.opinion import (
    Opinion,
    all_scores,
    applicable,
    defects_of,
    injection_flags,
    to_confirm,
)
from assay_judge.engine.quoting import Checked, Located
from assay_judge.engine.reader import Reader
from assay_judge.engine.settings import EngineSettings, Mode
from assay_judge.engine.subject import Subject
from assay_judge.prompts.exhibit import Rendered
from assay_judge.reading.distribution import score_of_read


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked: `orders` are those of the levels (True: from 5 down), `draws` for each."""

    mode: Mode
    orders: tuple[bool, ...]
    draws: tuple[Draw, ...]
    writes_digits: bool
    reads: bool


def plan_of(mode: Mode, settings: EngineSettings, *, read_scores: bool) -> Plan:
    """Return the plan of a mode; `cascade` is none of its own."""
    first = Draw(settings.seed, settings.temperature)
    order = (settings.descending,)
    if mode is Mode.FAST:
        return Plan(mode, order, (first,), writes_digits=True, reads=False)
    if mode is Mode.STANDARD:
        return Plan(mode, order, (first,), writes_digits=not read_scores, reads=True)
    assert mode is Mode.THOROUGH, "a cascade runs fast, then standard"
    others = (
        Draw((settings.seed + number) % MAX_SEED, settings.sample_temperature)
        for number in range(1, settings.num_samples)
    )
    draws = (first, *others)
    return Plan(mode, (False, True), draws, writes_digits=not read_scores, reads=True)


async def examine(
    subject: Subject, parts: Sequence[Rendered], desk: Desk, meter: Meter, plan: Plan
) -> Opinion:
    """Return the model's opinion on a turn that is shown in `parts`.

    Raises:
        JudgeBackendError: with any of its codes; no part of an opinion is kept then.
    """
    return await _Examination(subject, parts, desk, meter, plan).run()


class _Examination:
    """One turn on its way; `_pages` by order and part, drafts by order and draw, then part."""

    def __init__(
        self,
        subject: Subject,
        parts: Sequence[Rendered],
        desk: Desk,
        meter: Meter,
        plan: Plan,
    ) -> None:
        self._subject = subject
        self._desk = desk
        self._meter = meter
        self._plan = plan
        systems = [
            desk.system(subject, with_scores=plan.writes_digits, descending=order)
            for order in plan.orders
        ]
        self._pages = [[Page(system, part.text) for part in parts] for system in systems]

    async def run(self) -> Opinion:
        drafts = await self._draft()
        joined = [join_parts([d.checked for d in parts], self._subject.fields) for parts in drafts]
        claims = join_defects([checked.defects for checked in joined], self._subject.fields)
        names = applicable((d for parts in drafts for d in parts), self._subject, self._desk)
        reads = _Reads(self._subject, self._desk, self._meter, self._pages)
        by_draft = self._written_scores(drafts, names) if self._plan.writes_digits else []
        if self._plan.reads:
            if not self._plan.writes_digits:
                reads.put_scores(joined, names, len(self._plan.draws))
            reads.put_questions(claims)
            await reads.send()
            by_draft = by_draft or reads.scores()
        return Opinion(
            mode=self._plan.mode,
            scores=all_scores(average_scores(by_draft), self._desk),
            defects=defects_of(claims, reads.confirmed(), self._subject, self._desk),
            flags=injection_flags(claims, reads.suspicion(), self._desk),
            checks=reads.checks(),
            num_fabricated=sum(checked.num_fabricated for checked in joined),
            raw=tuple(draft.raw for parts in drafts for draft in parts),
        )

    async def _draft(self) -> list[list[Draft]]:
        drafts = await together(
            draft_evidence(
                page,
                self._subject,
                self._desk,
                self._meter,
                draw=draw,
                with_scores=self._plan.writes_digits,
            )
            for pages in self._pages
            for draw in self._plan.draws
            for page in pages
        )
        num_parts = len(self._pages[0])
        return [drafts[at : at + num_parts] for at in range(0, len(drafts), num_parts)]

    def _written_scores(
        self, drafts: Sequence[Sequence[Draft]], names: Sequence[str]
    ) -> list[Mapping[str, DimensionScore]]:
        least = self._desk.settings.min_label_mass
        return [
            join_scores(
                [{n: score_of_read(d.digits[n], min_mass=least) for n in names} for d in parts]
            )
            for parts in drafts
        ]


class _Reads:
    """All reads of one turn: what was put under which number, and what the answers say together."""

    def __init__(
        self,
        subject: Subject,
        desk: Desk,
        meter: Meter,
        pages: Sequence[Sequence[Page]],
    ) -> None:
        self._subject = subject
        self._desk = desk
        self._pages = pages
        self._reader = Reader(meter, min_mass=desk.settings.min_label_mass)
        self._scores: list[list[dict[str, int]]] = []  # by draft, part, dimension
        self._confirmations: dict[Located, list[list[int]]] = {}  # by order, part
        self._checks: dict[str, list[int]] = {}
        self._injection: list[int] = []

    def put_scores(self, drafts: Sequence[Checked], names: Sequence[str], num_draws: int) -> None:
        for number, checked in enumerate(drafts):
            evidence = self._desk.evidence_prefix(checked)
            self._scores.append(
                [
                    dict(zip(names, self._put_scores(page, evidence, names), strict=True))
                    for page in self._pages[number // num_draws]
                ]
            )

    def _put_scores(self, page: Page, evidence: str, names: Sequence[str]) -> Iterator[int]:
        return map(self._reader.put, self._desk.score_asks(page, evidence, names))

    def put_questions(self, claims: Sequence[Located]) -> None:
        put, desk = self._reader.put, self._desk
        for claim in to_confirm(claims, desk):
            self._confirmations[claim] = [
                [put(desk.confirm_ask(page, claim)) for page in pages] for pages in self._pages
            ]
        every_page = [page for pages in self._pages for page in pages]
        for name in self._subject.checks:
            self._checks[name] = [put(desk.check_ask(page, name)) for page in every_page]
        if desk.defences.detect_injection:
            self._injection = [put(desk.injection_ask(page)) for page in self._pages[0]]

    async def send(self) -> None:
        await self._reader.read()

    def scores(self) -> list[Mapping[str, DimensionScore]]:
        read = self._reader.score
        return [
            join_scores([{name: read(at) for name, at in part.items()} for part in parts])
            for parts in self._scores
        ]

    def confirmed(self) -> Mapping[Located, float]:
        yes = self._reader.yes
        return {
            claim: fmean(
                join_confirmations(claim.kind, [yes(at) for at in part]) for part in orders
            )
            for claim, orders in self._confirmations.items()
        }

    def checks(self) -> Mapping[str, float]:
        return {name: fmean(map(self._reader.yes, at)) for name, at in self._checks.items()}

    def suspicion(self) -> float | None:
        return max(map(self._reader.yes, self._injection), default=None)
