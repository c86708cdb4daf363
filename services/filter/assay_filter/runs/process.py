"""How a process that another one started begins its life, so that it never outlives the other."""

import gc
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

GC_THRESHOLD = 50_000  # tasks make many short-lived objects and few cycles: a tenth of the time


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
