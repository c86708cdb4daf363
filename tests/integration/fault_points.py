"""Faults on order: signals at the n-th call of a kind that changes the disk, samples that do harm.

Everything is wrapped from outside, before the command starts its workers (they are forked, and so
wrapped too): the code under test has no switch for tests. Calls are counted over all processes of a
command: each appends a byte to a file, and where it comes to stand is the call's number.
"""

import functools
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

KINDS = (
    "replace",
    "after_replace",
    "fsync",
    "statement",
    "before_commit",
    "after_commit",
    "claimed",
    "export_line",
    "unlink",
    "rmdir",
)
CLEANUP = ("unlink", "rmdir")  # begun by a worker, ended by the parent: counted together
FIRED = "fired"
_descriptors: dict[tuple[int, str], int] = {}


def arm(order: Mapping[str, Any] | None) -> None:
    """Wrap the calls.

    Args:
        order: `calls`, a folder to count in; `who` ("worker" unless "parent"), `kind` and `number`
            of the call at which `victim` ("self", "parent" or "group") gets `signal`. Or
            `failing`, a text at which a rule or the judge (`where`) fails, and `how`;
            `task_seconds` and `sample_seconds` set the deadlines of workers. None: leave
            everything as it is.
    """
    if order is None:
        return
    if "sample_seconds" in order:
        _shorten(order["task_seconds"], order["sample_seconds"])
    if "failing" in order:
        _fail_at(order["failing"], order["where"], order.get("how", "error"))
    if "calls" in order:
        passed = functools.partial(_pass, order, os.getpid())
        _wrap_files(passed)
        _wrap_database(passed)
        _wrap_run(passed)


def count_calls(folder: Path) -> dict[str, int]:
    """Return how often the workers of a command made each kind of call."""
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return {kind: sizes.get(f"worker-{kind}", 0) for kind in KINDS}


def _pass(order: Mapping[str, Any], parent: int, kind: str) -> None:
    """Count a call; where it is the ordered one, send the signal."""
    is_parents = os.getpid() == parent and kind not in CLEANUP
    who = "parent" if is_parents else "worker"
    number = _append(Path(order["calls"]) / f"{who}-{kind}")
    if (who, kind, number) != (order.get("who", "worker"), order.get("kind"), order.get("number")):
        return
    (Path(order["calls"]) / FIRED).touch()
    number = order.get("signal", signal.SIGKILL)
    victim = order.get("victim", "self")
    if victim == "group":
        os.killpg(parent, number)
    else:
        os.kill(parent if victim == "parent" else os.getpid(), number)


def _append(path: Path) -> int:
    """Append a byte to a file; return where it ends: no two calls get the same."""
    key = (os.getpid(), path.name)
    if key not in _descriptors:
        _descriptors[key] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(_descriptors[key], b".")
    return os.lseek(_descriptors[key], 0, os.SEEK_CUR)


def _shorten(task_seconds: float, sample_seconds: float) -> None:
    """Start workers with other deadlines than theirs."""
    from assay_filter.runs import local
    from assay_filter.runs.stages import Stage
    from assay_filter.runs.worker import Worker

    limits = dict.fromkeys((Stage.RULES, Stage.JUDGE), task_seconds)
    make_worker = functools.partial(Worker, task_seconds=limits, sample_seconds=sample_seconds)
    setattr(local, "Worker", make_worker)  # noqa: B010  a name that another module imports


def _fail_at(text: str, where: str, how: str) -> None:
    """Do harm on samples with `text`, in a rule, beside the rules or in the judge."""
    from assay.domain.sample import Sample
    from assay.verifiers.tokens import estimate_tokens
    from assay_filter.curation import rules_stage
    from assay_filter.rules.len_turns import LenTurns
    from assay_judge.evidence.judge import EvidenceJudge

    def holds(sample: Sample) -> bool:
        return any(text in (message.content or "") for message in sample.messages)

    def check(self: Any, view: Any) -> Iterator[Any]:
        if holds(view.sample):
            _harm(how)
        yield from ()

    judge_samples = EvidenceJudge.judge_samples

    def estimate(content: str) -> int:
        if text in content:
            _harm(how)
        return estimate_tokens(content)

    def judge(self: Any, samples: Any) -> list[Any]:
        answers = judge_samples(self, samples)
        return [_answer(how) if holds(s) else a for s, a in zip(samples, answers, strict=True)]

    if where == "rule":
        LenTurns.check = check  # type: ignore[method-assign]
    elif where == "beside the rules":
        setattr(rules_stage, "estimate_tokens", estimate)  # noqa: B010  likewise
    else:
        EvidenceJudge.judge_samples = judge  # type: ignore[method-assign]


def _answer(how: str) -> Exception:
    """Harm, or the answer of a judge that failed."""
    from assay.domain.errors import JudgeBackendError

    if how != "error":
        _harm(how)
    return JudgeBackendError("the backend did not answer in time")


def _harm(how: str) -> None:
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "hang":
        while True:
            time.sleep(1)
    if how == "hang deaf":  # no interrupt gets through, as in a native call that never ends
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGUSR2,))
        _harm("hang")
    raise ValueError("this text is not liked here")


def _wrap_files(passed: Callable[[str], None]) -> None:
    _around(os, "fsync", lambda: passed("fsync"))
    _around(os, "unlink", lambda: passed("unlink"))
    _around(os, "rmdir", lambda: passed("rmdir"))
    _around(os, "replace", lambda: passed("replace"), lambda: passed("after_replace"))


def _wrap_database(passed: Callable[[str], None]) -> None:
    from sqlalchemy import Engine, event
    from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

    event.listen(Engine, "after_cursor_execute", lambda *_: passed("statement"))
    _around(
        SQLiteDialect_pysqlite,
        "do_commit",
        lambda: passed("before_commit"),
        lambda: passed("after_commit"),
    )


def _wrap_run(passed: Callable[[str], None]) -> None:
    from assay.datasets.atomic_file import AtomicFile
    from assay_filter.runs.worker import Worker

    _around(AtomicFile, "write", lambda: passed("export_line"))
    _around(Worker, "carry_out", lambda: passed("claimed"))


def _around(
    owner: Any, name: str, before: Callable[[], None], after: Callable[[], None] = lambda: None
) -> None:
    function = getattr(owner, name)

    @functools.wraps(function)
    def wrapped(*arguments: Any, **settings: Any) -> Any:
        before()
        result = function(*arguments, **settings)
        after()
        return result

    setattr(owner, name, wrapped)
