"""The evaluation sets that a run takes out of its data: built once, loaded by its workers."""

from collections.abc import Sequence
from pathlib import Path

from assay.datasets.sources import Source
from assay_filter.decontamination.report import coverage
from assay_filter.decontamination.screening_task import Tally
from assay_filter.decontamination.settings import DecontaminationSettings
from assay_filter.decontamination.storage import open_index
from assay_filter.runs.request import Evaluation


def make_evaluation(sources: Sequence[Source], folder: Path) -> Evaluation:
    """Build the index of evaluation files in `folder`, or find it there.

    Raises:
        InputError: a file cannot be read, or holds no items.
        OutputError: the index cannot be kept in `folder`.
    """
    settings = DecontaminationSettings()
    index = open_index(sources, settings, folder)
    assert index.path is not None
    return Evaluation(
        path=str(index.path.absolute()),
        digest=index.digest,
        settings=settings.model_dump_json(),
        num_items=index.num_items,
        coverage=tuple(coverage(index, Tally())),
    )
