"""After all embeddings: whom each kept sample reads like, sought over the whole run.

Vectors lie in one mapped file, in sample order; what stays in memory is some numbers a sample.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.audit.engine import reading
from assay.audit.recording import set_stage
from assay.audit.tasks import NewTask, TaskResult, add_tasks, holding, task_results
from assay.domain.errors import RunStateError
from assay_filter.curation.decide_stage import load_names
from assay_filter.curation.linking import read_packed
from assay_filter.curation.parts import digest_files
from assay_filter.curation.similar import ChunkSimilar, Similar
from assay_filter.curation.workspace import whole_file
from assay_filter.runs.stages import Stage
from assay_filter.runs.steps.arrays import embedded_files
from assay_filter.runs.steps.work import Work
from assay_filter.semantic.embedder import EmbeddingError
from assay_filter.semantic.flagging import SemanticFlag, flag_similar
from assay_filter.semantic.settings import SemanticSettings


class _Gathered(NamedTuple):
    """All vectors (mapped), whose they are, and the refusals by chunk and ordinal."""

    vectors: "np.ndarray[Any, np.dtype[np.int16]]"
    ordinals: "np.ndarray[Any, np.dtype[np.int64]]"
    refused: Mapping[int, Mapping[int, str]]


def compare(work: Work) -> None:
    """Write whom each chunk's samples read like, add the tasks of stage `decide`.

    Raises:
        EmbeddingError: the server's vectors changed their length during the run.
        RunStateError: the files of stage `embed` are not those that were written.
    """
    settings = work.context.request.semantic
    assert settings is not None, "only runs with the semantic tier have this stage"
    with reading(work.engine) as connection:
        chunks = task_results(connection, work.run_id, Stage.EMBED)
    gathered = _gather(work, chunks)
    flags = flag_similar(gathered.vectors, settings)
    _write(work, chunks, gathered, flags, settings)
    num_refused = sum(map(len, gathered.refused.values()))
    told = {
        "num_compared": len(gathered.ordinals),
        "num_flagged": len(flags),
        "num_not_compared": num_refused,
        "is_exact": len(gathered.ordinals) <= settings.max_compared,
    }
    with holding(work.engine, work.claim, result=told) as connection:
        new = [
            NewTask(Stage.DECIDE, at, Stage.DECIDE.rank, {**chunk.body, "compared": work.fence})
            for at, chunk in chunks.items()
        ]
        add_tasks(connection, work.run_id, new)
        set_stage(connection, work.run_id, Stage.DECIDE)


def _gather(work: Work, chunks: Mapping[int, TaskResult]) -> _Gathered:
    """Put the chunks' vectors into one file."""
    lengths = {c.result["num_dimensions"] for c in chunks.values() if c.result["num_vectors"]}
    if len(lengths) > 1:
        raise EmbeddingError(
            f"expected vectors of one length, found {sorted(lengths)}: the embedding server "
            "changed during the run; bring the same model back and start again"
        )
    path = work.context.workspace.part(Stage.COMPARE, 0, work.fence, "vectors")
    ordinals: list[Any] = [np.zeros(0, np.int64)]
    refused = {}
    with whole_file(path) as aside, aside.open("wb") as out:
        for at, chunk in chunks.items():
            files = embedded_files(work.context.workspace, at, chunk.fence)
            _check(files, chunk)
            told = read_packed(files[1])
            refused[at] = dict(told["refused"])
            ordinals.append(np.array(told["rows"], np.int64))
            np.load(files[0], allow_pickle=False).tofile(out)
    whole = np.concatenate(ordinals)
    if not len(whole):  # an empty file cannot be mapped
        return _Gathered(np.zeros((0, 1), np.int16), whole, refused)
    shape = (len(whole), lengths.pop())
    return _Gathered(np.memmap(path, np.int16, "r", shape=shape), whole, refused)


def _check(files: Sequence[Path], chunk: TaskResult) -> None:
    missing = [path.name for path in files if not path.is_file()]
    if missing or digest_files(files) != chunk.result["sha256"]:
        found = f"no {missing[0]}" if missing else f"others in {files[0].name}"
        raise RunStateError(
            f"expected the files of stage 'embed' as they were written, found {found}; the work "
            "folder was damaged, or is not shared by all workers: start again with --overwrite"
        )


def _write(
    work: Work,
    chunks: Mapping[int, TaskResult],
    gathered: _Gathered,
    flags: Sequence[SemanticFlag],
    settings: SemanticSettings,
) -> None:
    """Write a file for each chunk, however little there is to say."""
    judged = work.journal().chunks(Stage.JUDGE)
    firsts = np.array([chunk.first_sample for chunk in judged], np.int64)
    by_chunk: defaultdict[int, list[SemanticFlag]] = defaultdict(list)
    for flag in flags:
        found = np.searchsorted(firsts, gathered.ordinals[flag.position], side="right") - 1
        by_chunk[judged[int(found)].ordinal].append(flag)
    for at in chunks:
        others = sorted({int(gathered.ordinals[flag.other]) for flag in by_chunk[at]})
        with reading(work.engine) as connection:
            names = load_names(connection, work.run_id, others)
        similar = {
            int(gathered.ordinals[flag.position]): Similar(
                names[int(gathered.ordinals[flag.other])], flag.cosine
            )
            for flag in by_chunk[at]
        }
        path = work.context.workspace.part(Stage.COMPARE, at, work.fence, "z")
        ChunkSimilar(similar, gathered.refused[at], settings.threshold).write(path)
