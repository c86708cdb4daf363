"""Keeps an interpreter with everything imported, and forks one process a command.

Each command is a process of its own that runs `assay_cli.main.run` as the console script does, but
without the seconds that imports cost. Its workers are forked too, for the same reason; tests that
need the real start of an interpreter use `run_command` instead.

Protocol: a JSON `Order` a line on standard input; `{"pid"}` and, at the end, `{"pid", "status",
"max_rss_kib"}` a line each on standard output.
"""

import gc
import importlib
import json
import multiprocessing
import os
import resource
import selectors
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import Any, NoReturn

from tests.integration.fault_points import arm

LOADED_LATE = (
    "assay.client.batching",
    "assay.datasets.parquet_reading",
    "assay_cli.main",
    "assay_cli.celery_keeper",
    "assay_cli.doorbell",
    "assay_cli.remote",
    "assay_cli.serve",
    "assay_cli.server_judges",
    "assay_cli.worker",
    "assay_filter.runs.local",
    "assay_filter.runs.pool",
    "assay_filter.runs.starting",
    "assay_filter.redeciding",
    "assay_filter.exporting.export",
    "assay_filter.scaling.curation",
    "assay_filter.service.main",
    "assay_judge.calibration.page",
    "assay_judge.calibration.run",
    "assay_judge.evidence.judge",
    "assay_judge.opening",
    "assay_judge.service.main",
    "psycopg",
)


def main() -> None:
    _import_all()
    sys.stdout.write(json.dumps({"ready": os.getpid()}) + "\n")
    sys.stdout.flush()
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    pending = b""
    while True:
        for key, _ in selector.select():
            if isinstance(key.data, int):
                selector.unregister(key.fd)
                os.close(key.fd)
                _, status, used = os.wait4(key.data, 0)
                _tell({"pid": key.data, "status": status, "max_rss_kib": used.ru_maxrss})
                continue
            block = os.read(0, 1 << 16)
            if not block:
                return
            *lines, pending = (pending + block).split(b"\n")
            for line in lines:
                pid = _start(json.loads(line))
                selector.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
                _tell({"pid": pid})


def _tell(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _import_all() -> None:
    """Load what a run loads, compile kernels, read language models; fork workers from now on."""
    from assay.audit.schema import head_revision
    from assay.configs import load_config
    from assay.datasets.lines import RawLine
    from assay_filter.dedup.engine import warm_up
    from assay_filter.pipeline import Pipeline, build_rules
    from assay_filter.screening import screen

    for name in LOADED_LATE:
        importlib.import_module(name)
    warm_up()
    head_revision()
    rules = build_rules(load_config(Pipeline, "pipelines", "default"))
    for question in ("Where is the harbour of this town?", "Wo liegt der Hafen dieser Stadt?"):
        line = json.dumps({"prompt": question, "completion": question.rstrip("?") + "!"})
        screen(RawLine(1, line.encode()), rules)
    get_context = multiprocessing.get_context
    multiprocessing.get_context = lambda method=None: get_context("fork")  # type: ignore[assignment]
    gc.collect()
    gc.freeze()  # or each command would walk, and so copy, all that is imported


def _start(order: Mapping[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _become(order)
    return pid


def _become(order: Mapping[str, Any]) -> NoReturn:
    """Run the command as this process, and end it."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored under nohup and `&`
        os.chdir(order["cwd"])
        if order["max_file_bytes"] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["max_file_bytes"],) * 2)
        _redirect(0, order["stdin"], os.O_RDONLY)
        _redirect(1, order["stdout"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        _redirect(2, order["stderr"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        sys.stdin = os.fdopen(0, "r", closefd=False)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        if "whole_env" in order:
            os.environ.clear()
        os.environ.update(order.get("whole_env") or order["env"])
        sys.argv = ["assay", *order["arguments"]]
        arm(order["fault"])
        code = _run()
    except BaseException:  # noqa: BLE001  the interpreter itself would do this
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run() -> int:
    from assay_cli.main import run

    try:
        run()
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0


def _redirect(descriptor: int, path: str, flags: int) -> None:
    opened = os.open(path, flags, 0o644)
    os.dup2(opened, descriptor)
    os.close(opened)


if __name__ == "__main__":
    main()
