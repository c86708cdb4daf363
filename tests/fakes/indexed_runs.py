"""Runs that are made of their link step alone: texts go in, the index answers, survivors go in it.

Samples are (prompt, answer) or (setting, prompt, answer); all are accepted unless said otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, insert

from assay.audit import tables
from assay.audit.recording import RunRecord, Snapshot, start_run
from assay.domain.sample import Message, Sample
from assay.domain.verdict import Outcome
from assay_filter.dedup.engine import find_duplicates
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import dedup_text
from assay_filter.dedup.result import Members
from assay_filter.dedup.settings import DedupSettings
from assay_filter.index.head import Staged, pin, publish, scope_of
from assay_filter.index.linking import Earlier, EarlierLink, Kept, link_earlier, stage_survivors

JUDGED = np.dtype([("outcome", "u1"), ("overall", "i4"), ("num_chars", "u4"), ("language", "S8")])

NO_CAP = DedupSettings(prompt_cap=0)

Text = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """What the link step of a run found; ordinals of the samples that stay."""

    earlier: Earlier
    links: dict[int, EarlierLink]
    within: dict[int, int]
    survivors: list[int]
    kept: Kept
    is_duplicate: np.ndarray = field(repr=False)


@dataclass(frozen=True, slots=True)
class IndexedRuns:
    """A database with an index, and a folder for feature files."""

    engine: Engine
    folder: Path
    settings: DedupSettings = NO_CAP

    def start(self, run_id: str, request: dict[str, Any] | None = None, **values: Any) -> None:
        """Store a run; `values` replace columns of its row."""
        record = RunRecord(
            id=run_id,
            config=Snapshot("pipeline", '{"a":1}'),
            rubric=Snapshot("rubric", '{"b":1}'),
            rules=Snapshot("rules", "[]"),
            code_version="0",
            inputs=["data.jsonl"],
            out_dir="out",
            judge="evidence",
            judge_version="1",
            seed=0,
        )
        with self.engine.begin() as connection:
            start_run(connection, record, state="running", request=request or {})
            if values:
                run = tables.run
                connection.execute(run.update().where(run.c.id == run_id).values(**values))

    def keep(
        self,
        run_id: str,
        texts: Sequence[Text],
        *,
        outcomes: Sequence[Outcome] | None = None,
        languages: Sequence[str] | None = None,
        num_blocks: int = 1,
    ) -> Kept:
        """Leave what the stages before the link step leave."""
        samples = [sample_of(text) for text in texts]
        judged = np.zeros(len(samples), JUDGED)
        judged["overall"] = -1
        all_outcomes = tuple(Outcome)
        for i, text in enumerate(texts):
            outcome = outcomes[i] if outcomes else Outcome.ACCEPTED
            judged["outcome"][i] = all_outcomes.index(outcome)
            judged["num_chars"][i] = sum(map(len, text))
            judged["language"][i] = (languages[i] if languages else "en").encode()
        firsts = np.array([texts.index(text) for text in texts], np.int64)
        kept_codes = [all_outcomes.index(o) for o in (Outcome.ACCEPTED, Outcome.BORDERLINE)]
        is_row = np.isin(judged["outcome"], kept_codes) & (firsts == np.arange(len(texts)))
        rows = np.flatnonzero(is_row)
        paths = []
        for block, part in enumerate(np.array_split(rows, num_blocks)):
            paths.append(self.folder / f"{run_id}-{block}.features")
            found = compute_features([dedup_text(samples[i]) for i in part.tolist()], self.settings)
            found.save(paths[-1])
        self._store_samples(run_id, len(texts))
        return Kept(paths, firsts, judged)

    def link(self, kept: Kept, head: int, against: str | Sequence[str] | None = "all") -> Linked:
        """Look up, then deduplicate inside the run."""
        earlier = self._look_up(kept, head, against)
        num_samples = len(kept.firsts)
        left = earlier.has_left(num_samples)
        rows = kept.rows()
        members = Members(
            ~left[rows],
            np.zeros(len(rows), np.uint8),
            kept.judged["overall"][rows],
            kept.judged["num_chars"][rows].astype(np.int64),
            np.unique(kept.judged["language"][rows], return_inverse=True)[1].astype(np.int16) + 1,
        )
        found = find_duplicates(kept.features, members, self.settings)
        within = {int(rows[e.dropped]): int(rows[e.kept]) for e in found.iter_edges()}
        for ordinal in kept.members().tolist():
            first = int(kept.firsts[ordinal])
            if first != ordinal and not left[ordinal]:
                within[ordinal] = within.get(first, first)
        is_duplicate = left.copy()
        is_duplicate[list(within)] = True
        with self.engine.connect() as connection:
            links = earlier.links(connection, 0, num_samples)
        survivors = [i for i in kept.members().tolist() if not is_duplicate[i]]
        return Linked(earlier, links, within, survivors, kept, is_duplicate)

    def stage(self, run_id: str, linked: Linked) -> Staged:
        """Write the survivors ahead."""
        return stage_survivors(self.engine, run_id, linked.kept, linked.is_duplicate, self.settings)

    def publish(self, staged: Staged, head: int) -> int:
        """Publish in a transaction of its own."""
        with self.engine.begin() as connection:
            return publish(connection, staged, head)

    def head(self) -> int:
        """Return the head of the index."""
        with self.engine.connect() as connection:
            return pin(connection)

    def run(
        self,
        run_id: str,
        texts: Sequence[Text],
        against: str | Sequence[str] | None = "all",
        **settings: Any,
    ) -> Linked:
        """Do the whole link step of one run."""
        head = self.head()
        linked = self.link(self.keep(run_id, texts, **settings), head, against)
        self.publish(self.stage(run_id, linked), head)
        return linked

    def _look_up(self, kept: Kept, head: int, against: str | Sequence[str] | None) -> Earlier:
        if against is None:
            return Earlier.none()
        with self.engine.connect() as connection:
            scope = scope_of(connection, head, against)
        return link_earlier(self.engine, kept, scope, self.settings)

    def _store_samples(self, run_id: str, count: int) -> None:
        rows = [
            {
                "run_id": run_id,
                "ordinal": ordinal,
                "sample_id": sample_id_of(run_id, ordinal),
                "file": "data.jsonl",
                "line": ordinal + 1,
                "format": "messages",
            }
            for ordinal in range(count)
        ]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(insert(tables.sample), rows)


def sample_id_of(run_id: str, ordinal: int) -> str:
    """The address that a sample of these runs has."""
    return f"{run_id}/{ordinal}"


def sample_of(text: Text) -> Sample:
    """Build the sample of a text."""
    *setting, prompt, answer = text
    system = [Message("system", part) for part in setting]
    return Sample((*system, Message("user", prompt), Message("assistant", answer)))
