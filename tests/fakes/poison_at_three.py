"""Work on a chunk whose fourth sample ends the process, or fails; for child processes too."""

import os
from typing import Any

from assay.audit.rows import ChunkRecord
from assay_filter.curation.rules_stage import RulesTask

POISON = 3


class NotASampleError(Exception):
    """What nobody expected."""


def run(task: RulesTask) -> ChunkRecord:
    if POISON not in task.poison:
        raise NotASampleError("the fourth sample")
    return ChunkRecord("rules", task.ordinal, 0, 5, "", str(sorted(task.poison)), b"", {}, b"")


def run_without_fault(task: RulesTask) -> ChunkRecord:
    return ChunkRecord("rules", task.ordinal, 0, 5, "", str(sorted(task.poison)), b"", {}, b"")


def try_one(_: Any, position: int) -> None:
    if position == POISON:
        os._exit(9)


def try_without_fault(_: Any, __: int) -> None:
    """Survive."""
