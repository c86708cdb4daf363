"""Faults on order: signals at the n-th call of a kind that changes the disk, failing rules, judges.

Everything is wrapped from outside, so that the code under test has no switch for tests. Signals hit
the driver alone (a worker is another process); without a point to die at the calls are counted.
"""

import functools
import json
import os
import signal
from collections import Counter
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
    "result",
    "export_line",
    "unlink",
    "rmdir",
)
_counts: Counter[str] = Counter()


def arm(order: Mapping[str, Any] | None) -> None:
    """Wrap the calls.

    Args:
        order: `kind` and `number` of the call to die at and `signal` to die by; or `counts`, the
            file that `write_counts` shall write; or `failing`, a text at which a rule or the judge
            (`where`) fails. None: leave everything as it is.
    """
    if order is None:
        return
    if "failing" in order:
        _fail_at(order["failing"], order["where"])
        return
    own = os.getpid()

    def passed(kind: str) -> None:
        if os.getpid() != own:
            return
        _counts[kind] += 1
        if kind == order.get("kind") and _counts[kind] == order["number"]:
            os.kill(own, order.get("signal", signal.SIGKILL))

    _wrap_files(passed)
    _wrap_database(passed)
    _wrap_run(passed)


def write_counts(order: Mapping[str, Any] | None) -> None:
    """Write how often each kind of call was met, where the order asks for it."""
    if order is not None and "counts" in order:
        Path(order["counts"]).write_text(json.dumps(_counts))


def _fail_at(text: str, where: str) -> None:
    """Make a rule raise, or the judge answer with an error, on samples with `text`."""
    from assay.domain.errors import JudgeBackendError
    from assay.domain.sample import Sample
    from assay_filter.rules.len_turns import LenTurns
    from assay_judge.evidence.judge import EvidenceJudge

    def holds(sample: Sample) -> bool:
        return any(text in (message.content or "") for message in sample.messages)

    def check(self: Any, view: Any) -> Iterator[Any]:
        if holds(view.sample):
            raise ValueError("this rule does not like the text")
        yield from ()

    judge_samples = EvidenceJudge.judge_samples

    def judge(self: Any, samples: Any) -> list[Any]:
        answers = judge_samples(self, samples)
        failed = JudgeBackendError("the backend did not answer in time")
        return [failed if holds(s) else a for s, a in zip(samples, answers, strict=True)]

    if where == "rule":
        LenTurns.check = check  # type: ignore[method-assign]
    else:
        EvidenceJudge.judge_samples = judge  # type: ignore[method-assign]


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
    from assay.queue.inprocess import InProcessQueue

    _around(AtomicFile, "write", lambda: passed("export_line"))
    results = InProcessQueue.map

    def map_and_count(self: Any, *arguments: Any, **settings: Any) -> Iterator[Any]:
        for result in results(self, *arguments, **settings):
            passed("result")
            yield result

    InProcessQueue.map = map_and_count  # type: ignore[method-assign]


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
