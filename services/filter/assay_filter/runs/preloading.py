"""Loads, when imported, what every worker process needs: see `process`.

It holds the code, the tables and the kernels of deduplication. Nothing is loaded here that starts
a thread (a language detector does), opens a database or belongs to one run.
"""

from contextlib import suppress

import assay_filter.runs.worker  # noqa: F401  with all that its steps import
from assay_filter.dedup.engine import warm_up

with suppress(OSError):  # no room for temporary files: a worker that needs some will tell
    warm_up()
