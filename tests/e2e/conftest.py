"""The fixtures of whole runs, for the tests of the command line."""

from tests.integration.conftest import (
    few,
    job,
    make_job,
    mixed,
    pipeline,
    server,
    small_job,
    undisturbed,
)

__all__ = ["few", "job", "make_job", "mixed", "pipeline", "server", "small_job", "undisturbed"]
