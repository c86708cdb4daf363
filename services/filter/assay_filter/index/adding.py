"""Adds a finished run to the index from its outcome files.

A run that was not indexed when it was made is read again: its accepted and borderline lines, in the
order of the audit, with the settings it was made with. Nothing is compared: it kept these samples,
so later runs shall know them. Memory: a thousand lines at a time.

Invariant: the entries are those that the run would have added itself.
"""

import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from sqlalchemy import Connection, Engine, Row, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.index_tables import index_batch
from assay.configs import parse_config
from assay.datasets.canonical import to_sample
from assay.datasets.json_text import parse_json
from assay.domain.errors import InputError
from assay.domain.sample import Sample
from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import dedup_text
from assay_filter.dedup.settings import DedupSettings
from assay_filter.exporting.outcome_files import (
    EXPORTABLE,
    AuditedSample,
    OutcomeFile,
    audited_samples,
    differs,
    find_files,
    load_runs,
    read_file,
)
from assay_filter.index.entry import Entry
from assay_filter.index.head import HeadMovedError, lock, publish
from assay_filter.index.keys import family_of
from assay_filter.index.linking import Detail, entries_of
from assay_filter.index.staging import discard, stage
from assay_filter.pipeline import Pipeline

LINES = 1000
SQL_BATCH = 500
TRIES = 5
LANGUAGE_BYTES = 8  # as much of a language's name as a run compares


class Added(NamedTuple):
    """What an addition came to."""

    num_entries: int
    head: int


def add_run(engine: Engine, run_id: str) -> Added:
    """Add the kept samples of a finished run.

    Raises:
        InputError: there is no such run, it is not finished, its files are gone, or it is in the
            index.
        AuditError: a file is not what the run wrote.
        HeadMovedError: others publish faster than this run can be staged.
    """
    with reading(engine) as connection:
        (run,) = load_runs(connection, [run_id])
        _check_absent(connection, run_id)
        settings = _settings_of(connection, run)
        files = find_files(connection, run, EXPORTABLE)
    try:
        return _try_to_add(engine, files, settings)
    except BaseException:
        discard(engine, run_id)
        raise


def _try_to_add(engine: Engine, files: Sequence[OutcomeFile], settings: DedupSettings) -> Added:
    for _ in range(TRIES - 1):
        try:
            return _stage_and_publish(engine, files, settings)
        except HeadMovedError:  # a batch with later ids was published meanwhile
            continue
    return _stage_and_publish(engine, files, settings)


def _stage_and_publish(
    engine: Engine, files: Sequence[OutcomeFile], settings: DedupSettings
) -> Added:
    staged = stage(
        engine,
        files[0].run_id,
        family=family_of(settings),
        most_entries=sum(file.num_rows for file in files),
        entries=(entry for file in files for entry in _entries(engine, file, settings)),
    )
    with engine.begin() as connection:
        _check_absent(connection, files[0].run_id)
        head = publish(connection, staged, lock(connection))
    return Added(staged.num_entries, head)


def _entries(engine: Engine, file: OutcomeFile, settings: DedupSettings) -> Iterator[Entry]:
    with (
        reading(engine) as connection,
        tempfile.TemporaryDirectory(prefix="assay-index-") as folder,
    ):
        audited = audited_samples(connection, file)
        lines = read_file(file)
        while part := list(islice(lines, LINES)):
            known = list(islice(audited, len(part)))
            samples = _samples(file, part, known)
            languages = _languages(engine, file.run_id, [sample.ordinal for sample in known])
            details = [
                Detail(
                    row.ordinal,
                    row.sample_id,
                    file.outcome,
                    languages[row.ordinal],
                    sum(len(message.content or "") for message in sample.messages),
                )
                for row, sample in zip(known, samples, strict=True)
            ]
            path = Path(folder) / "features"
            compute_features([dedup_text(sample) for sample in samples], settings).save(path)
            yield from entries_of(Corpus([path], settings), np.arange(len(part)), details, settings)
        audited.close()


def _samples(
    file: OutcomeFile, lines: Sequence[bytes], known: Sequence[AuditedSample]
) -> list[Sample]:
    """Read lines, each checked against the audit's row in its place."""
    if len(known) != len(lines):
        raise differs(file, "more rows than the audit knows")
    samples = []
    for line, row in zip(lines, known, strict=True):
        body = parse_json(line)
        block = body.get("assay") if isinstance(body, dict) else None
        found = block.get("sample_id") if isinstance(block, dict) else None
        if not isinstance(body, dict) or found != row.sample_id:
            raise differs(file, f"sample {found!r:.80} in the place of {row.sample_id}")
        samples.append(to_sample(body))
    return samples


def _languages(engine: Engine, run_id: str, ordinals: Sequence[int]) -> dict[int, str]:
    """Return the languages by which a run compares its samples, by ordinal."""
    sample = tables.sample
    found: dict[int, str] = {}
    with reading(engine) as connection:
        for start in range(0, len(ordinals), SQL_BATCH):
            query = select(sample.c.ordinal, sample.c.language).where(
                sample.c.run_id == run_id,
                sample.c.ordinal.in_(list(ordinals[start : start + SQL_BATCH])),
            )
            for row in connection.execute(query):
                found[row.ordinal] = _cut(row.language or "")
    return found


def _cut(language: str) -> str:
    return language.encode()[:LANGUAGE_BYTES].decode(errors="ignore")


def _settings_of(connection: Connection, run: Row[Any]) -> DedupSettings:
    snapshot = tables.config_snapshot
    query = select(snapshot.c.body).where(snapshot.c.sha256 == run.config_sha256)
    body = orjson.loads(connection.execute(query).scalar_one())
    return parse_config(Pipeline, body, f"the pipeline of {run.id}, as stored,").dedup


def _check_absent(connection: Connection, run_id: str) -> None:
    batch = index_batch
    here = select(batch.c.added).where(
        batch.c.run_id == run_id, batch.c.added.is_not(None), batch.c.removed.is_(None)
    )
    found = connection.execute(here).scalar()
    if found is not None:
        raise InputError(
            f"expected a run that is not in the index, found {run_id} added at {found}"
        )
