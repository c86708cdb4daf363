"""Samples that end, stop or fail the process that works on them; its children import this file."""

import os
import signal
import time

from assay.domain.errors import JudgeBackendError


def do_harm(task: dict[int, str], position: int) -> None:
    """Do what the task says of a position."""
    what = task.get(position)
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "leave":
        os._exit(0)
    if what == "hang":
        time.sleep(600)
    if what == "raise":
        raise ValueError("not this one")
    if what == "judge":
        raise JudgeBackendError("nobody answers", code="unreachable")
