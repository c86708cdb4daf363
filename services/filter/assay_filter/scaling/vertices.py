"""The samples of a chunk that take part in deduplication, and what decides between them.

A vertex is the first copy of a kept sample, named by its ordinal; where it has copies, the best
member of its exact group speaks for it. Preference is that of the local engine: better verdict,
higher score, longer, then the content's own hash, then the order of the input.
"""

from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from assay.domain.verdict import Outcome
from assay_filter.curation.judge_stage import OUTCOMES
from assay_filter.curation.parts import read_array
from assay_filter.dedup.features import FeatureBlock
from assay_filter.runs.stages import Stage
from assay_filter.scaling.flow import column
from assay_filter.scaling.job import ChunkAt, Job
from assay_filter.scaling.mail import read_mail
from assay_filter.scaling.settling import kept_firsts
from assay_filter.scaling.stages import SETTLED, SETTLED_SCHEMA

_ACCEPTED = OUTCOMES.index(Outcome.ACCEPTED)
_SCORE_BITS = np.uint64(31)
_LENGTH_BITS = np.uint64(32)
_MOST = (1 << 31) - 1


class Vertices(NamedTuple):
    """Row i is row i of the chunk's feature file."""

    ordinal: NDArray[np.int64]
    best: NDArray[np.int64]
    rank: NDArray[np.uint8]
    score: NDArray[np.int32]
    length: NDArray[np.int64]
    language: "np.ndarray[Any, Any]"  # codes of 8 bytes, empty where unknown

    def preference(self) -> NDArray[np.uint64]:
        """Return one number each, less for the better; ties are for the content's hash."""
        score = (_MOST - 1 - self.score.astype(np.int64)).astype(np.uint64)
        length = ((1 << 32) - 1 - self.length).astype(np.uint64)
        rank = self.rank.astype(np.uint64) << (_SCORE_BITS + _LENGTH_BITS)
        return rank | (score << _LENGTH_BITS) | length


def vertices_of(job: Job, chunk: ChunkAt) -> Vertices:
    """Return the vertices of a chunk, in order."""
    positions = np.flatnonzero(kept_firsts(job, chunk))
    array = read_array(chunk.path(job, Stage.JUDGE, "npy"))[positions]
    ordinals = chunk.own[positions]
    best, outcome, score = ordinals.copy(), array["outcome"].copy(), array["overall"].copy()
    mail = read_mail(job, chunk, SETTLED, SETTLED_SCHEMA)
    groups = mail.filter(pc.is_null(mail["ending"]))
    rows = np.searchsorted(ordinals, column(groups, "ordinal"))
    best[rows] = column(groups, "best")
    outcome[rows], score[rows] = column(groups, "outcome"), column(groups, "overall")
    return Vertices(
        ordinal=ordinals,
        best=best,
        rank=(outcome != _ACCEPTED).astype(np.uint8),
        score=score,
        length=array["num_chars"].astype(np.int64),
        language=array["language"],
    )


def features_of(job: Job, chunk: ChunkAt) -> FeatureBlock:
    """Return the features of a chunk's vertices; they are read from disk when they are used."""
    return FeatureBlock.load(chunk.path(job, Stage.JUDGE, "features"))
