"""What every home is asked to do: one file, the shipped pipeline and rubric, the evidence judge."""

from pathlib import Path

from assay.configs import load_config
from assay.datasets.sources import expand_inputs
from assay_filter.pipeline import Pipeline
from assay_filter.runs.request import RunRequest, SourceFile

PATIENCE_SECONDS = 60.0


def load_pipeline() -> Pipeline:
    """Return the shipped pipeline."""
    return load_config(Pipeline, "pipelines", "default")


def request_for(path: Path) -> RunRequest:
    """Return the request for a run over one file."""
    sources = expand_inputs([str(path)]).sources
    return RunRequest(
        sources=tuple(SourceFile.of(source) for source in sources),
        judge="evidence",
        patience_seconds=PATIENCE_SECONDS,
    )
