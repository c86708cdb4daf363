"""How worker processes are made: forked from a server that has imported what a worker needs.

A worker that imported everything itself would start seconds later and share no memory with the
others. The server (`forkserver`, Python's own default from 3.14) runs no thread and holds no file,
lock or connection of ours, so that forking it is as safe as a fresh interpreter. However a process
is started, it never outlives the one that asked for it.
"""

import gc
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext

GC_THRESHOLD = 50_000  # tasks make many short-lived objects and few cycles: a tenth of the time
PRELOADING = "assay_filter.runs.preloading"


def process_context() -> ForkServerContext:
    """Return what makes worker processes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", PRELOADING])
    return context


def settle_in() -> None:
    """Leave Ctrl-C to the parent, end when it ends, however it ends, and collect cycles rarely."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 100)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
