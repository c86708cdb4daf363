"""The index of earlier runs in a run's link step: whose turn it is, who left, who enters."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from assay.audit.engine import reading
from assay_filter.curation.decide_stage import EarlierName
from assay_filter.index.head import Staged, pin, publish, scope_of
from assay_filter.index.linking import Earlier, Kept, link_earlier, stage_survivors
from assay_filter.index.turns import whose_turn
from assay_filter.runs.against import ALL
from assay_filter.runs.errors import NotYetError
from assay_filter.runs.steps.work import Work


@dataclass(slots=True)
class EarlierRuns:
    """What one link step reads of the index and adds to it; nothing where the run has no part."""

    work: Work
    kept: Kept
    head: int | None = None
    found: Earlier | None = None
    staged: Staged | None = None

    def look(self) -> None:
        """Find the kept samples that an earlier run kept.

        Raises:
            NotYetError: an earlier run must link first.
            InputError: a run that this one is set against is not in the index.
        """
        request = self.work.context.request
        if not request.is_indexing:
            return
        with reading(self.work.engine) as connection:
            first = whose_turn(connection, self.work.run_id)
            if first is not None:
                raise NotYetError(f"run {first}, which was created earlier, links first")
            self.head = pin(connection)
            if not request.against:
                return
            against = ALL if ALL in request.against else request.against
            scope = scope_of(connection, self.head, against)
        dedup = self.work.context.pipeline.dedup
        self.found = link_earlier(self.work.engine, self.kept, scope, dedup)

    def has_left(self, num_samples: int) -> "np.ndarray[Any, np.dtype[np.bool_]] | None":
        """Which samples take no part inside the run; None: all take part."""
        return None if self.found is None else self.found.has_left(num_samples)

    def links(self, first: int, count: int) -> dict[int, EarlierName]:
        """The links of a chunk's samples, by ordinal."""
        if self.found is None:
            return {}
        with reading(self.work.engine) as connection:
            links = self.found.links(connection, first, count)
        return {
            ordinal: EarlierName(
                *(link.partner or ("", -1, "")),
                link.method,
                link.context_similarity,
                link.response_similarity,
            )
            for ordinal, link in links.items()
        }

    def stage(self, is_duplicate: "np.ndarray[Any, np.dtype[np.bool_]]") -> None:
        """Write the survivors' entries ahead; `publish` lets others see them."""
        if self.head is not None:
            self.staged = stage_survivors(
                self.work.engine,
                self.work.run_id,
                self.kept,
                is_duplicate,
                self.work.context.pipeline.dedup,
            )

    def publish(self, connection: Connection) -> None:
        """Add the survivors to the index with the caller's transaction.

        Raises:
            HeadMovedError: the index has changed since the look: look again.
        """
        if self.staged is not None and self.head is not None:
            publish(connection, self.staged, self.head)

    def told(self) -> dict[str, Any]:
        """What the manifest says of it."""
        if self.head is None:
            return {}
        request = self.work.context.request
        return {"index": {"head": self.head, "against": sorted(request.against)}}
