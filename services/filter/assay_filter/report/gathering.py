"""Gathers what the report shows from the audit, the journal and the export pass."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.domain.verdict import Outcome
from assay_filter.curation.journal import Journal
from assay_filter.curation.judgement_rows import load_cost
from assay_filter.report.data import Cluster, Example, Member, ReportData, RuleFigures, TextEdit
from assay_filter.report.examples import Picked, PickedEvent, pick
from assay_filter.rules.catalogue import summary_of

SQL_BATCH = 500


def gather(
    engine: Engine,
    run_id: str,
    journal: Journal,
    figures: Mapping[str, Any],
    evaluation: Mapping[str, Any] | None = None,
    semantic: Mapping[str, Any] | None = None,
) -> ReportData:
    """Return everything that the report of a closed run shows."""
    with reading(engine) as connection:
        run = connection.execute(select(tables.run).where(tables.run.c.id == run_id)).one()
        picked = pick(connection, run_id)
        names = _names(connection, run_id, _quoted(picked))
        settings = _settings(connection, run)
        counts = _event_counts(connection, run_id, journal)
        cost = load_cost(connection, run_id)
    snippets = {int(ordinal): text for ordinal, text in figures["snippets"].items()}
    teller = _Teller(names, snippets)
    return ReportData(
        run_id=run_id,
        created_at=run.created_at,
        finished_at=run.finished_at,
        seconds=figures["seconds"],
        inputs=figures["inputs"],
        formats=journal.total("formats"),
        outcomes=_in_order(orjson.loads(run.counts)),
        reasons=journal.reasons(),
        rules=_rules(picked, counts, teller),
        overall=_bins(figures["overall"]),
        dimensions={name: _bins(bins) for name, bins in figures["dimensions"].items()},
        not_applicable=figures["not_applicable"],
        num_judged=journal.num_judged,
        bases=figures["bases"],
        tokens=_bins(journal.total("tokens")),
        languages=journal.total("languages"),
        types=journal.total("types"),
        clusters=[
            Cluster(
                teller.example(cluster.kept, "", "", ()),
                cluster.num_dropped,
                [
                    Member(*teller.name(ordinal), method, context, response)
                    for ordinal, method, context, response in cluster.dropped
                ],
            )
            for cluster in picked.clusters
        ],
        duplicate_methods=picked.methods,
        settings=settings,
        evaluation=evaluation,
        semantic=semantic,
        judge=run.judge,
        judge_version=run.judge_version,
        chain_head=run.chain_head,
        cost=cost,
    )


class _Teller:
    """Turns sample ordinals into what a person can look up."""

    def __init__(self, names: Mapping[int, tuple[str, str]], snippets: Mapping[int, str]) -> None:
        self._names = names
        self._snippets = snippets

    def name(self, ordinal: int) -> tuple[str, str]:
        return self._names[ordinal]

    def example(
        self, ordinal: int, reason: str, quote: str, edits: Sequence[Sequence[Any]]
    ) -> Example:
        sample_id, row = self._names[ordinal]
        return Example(
            sample_id,
            row,
            reason,
            quote,
            [_text_edit(edit) for edit in edits[:3]],
            self._snippets.get(ordinal, ""),
        )

    def quote(self, event: PickedEvent) -> Example:
        return self.example(event.ordinal, event.reason, event.quote, event.edits)


def _text_edit(edit: Sequence[Any]) -> TextEdit:
    pointer, _, before, after, *_ = edit
    return TextEdit(pointer, _text(before), _text(after))


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _rules(
    picked: Picked, counts: Mapping[tuple[str, str], int], teller: _Teller
) -> list[RuleFigures]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        RuleFigures(
            rule,
            action,
            number,
            summary_of(rule),
            [teller.quote(event) for event in picked.events.get((rule, action), ())],
        )
        for (rule, action), number in ordered
    ]


def _event_counts(
    connection: Connection, run_id: str, journal: Journal
) -> dict[tuple[str, str], int]:
    """Samples per rule and action: the rules' own counts, and the later stages' events."""
    counts = dict(journal.actions())
    event = tables.event
    query = select(event.c.rule, event.c.action).where(
        event.c.run_id == run_id, event.c.stage.in_(("judge", "decide"))
    )
    for rule, action in connection.execution_options(yield_per=5000).execute(query):
        counts[rule, action] = counts.get((rule, action), 0) + 1
    return counts


def _quoted(picked: Picked) -> list[int]:
    dropped = {member[0] for cluster in picked.clusters for member in cluster.dropped}
    return sorted(picked.ordinals() | dropped)


def _names(
    connection: Connection, run_id: str, ordinals: Sequence[int]
) -> dict[int, tuple[str, str]]:
    names: dict[int, tuple[str, str]] = {}
    sample = tables.sample
    for start in range(0, len(ordinals), SQL_BATCH):
        query = select(sample.c.ordinal, sample.c.sample_id, sample.c.file, sample.c.line).where(
            sample.c.run_id == run_id, sample.c.ordinal.in_(ordinals[start : start + SQL_BATCH])
        )
        for row in connection.execute(query):
            names[row.ordinal] = (row.sample_id, f"{row.file}:{row.line}")
    return names


def _settings(connection: Connection, run: Row[Any]) -> dict[str, str]:
    shown = {}
    for title, sha256 in (
        ("pipeline", run.config_sha256),
        ("rubric", run.rubric_sha256),
        ("rules", run.rules_sha256),
    ):
        body = connection.execute(
            select(tables.config_snapshot.c.body).where(tables.config_snapshot.c.sha256 == sha256)
        ).scalar_one()
        pretty = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
        shown[f"{title} (SHA-256 {sha256})"] = pretty
    return shown


def _in_order(outcomes: Mapping[str, int]) -> dict[str, int]:
    """Best outcome first."""
    order = (Outcome.ACCEPTED, Outcome.BORDERLINE, Outcome.REJECTED, Outcome.DUPLICATE)
    return {o.value: outcomes.get(o.value, 0) for o in (*order, Outcome.ERROR)}


def _bins(counts: Mapping[str, int]) -> dict[int, int]:
    return {int(key): number for key, number in sorted(counts.items(), key=lambda i: int(i[0]))}
