"""`assay doctor`: is everything in place on this machine?"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assay.audit.engine import open_engine
from assay.audit.schema import check_revision
from assay.configs import configs_folder, load_config
from assay.domain.errors import AssayError
from assay.rubrics import load_rubric
from assay_cli.judges import JudgeOptions, close_judge, judge_factory
from assay_cli.settings import CliSettings

if TYPE_CHECKING:
    from assay_judge.backend.contract import Capabilities

EXIT_FAILED = 1
MIN_FREE_BYTES = 1 << 30
GIBIBYTE = 1 << 30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `is_fine` None: not there, and not needed."""

    name: str
    is_fine: bool | None
    found: str


def doctor(
    db: Annotated[
        str | None,
        typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(help="URL of a model server or judge service to look at as well."),
    ] = None,
    judge_model: Annotated[str | None, typer.Option(help="Model on that server.")] = None,
) -> None:
    """Look at this machine and installation, and say what would stop a run.

    With --judge URL also at a model server: what it can do, what that costs, and whether its model
    answers in the judge's form. Exit code 1 means that something would stop a run.
    """
    console = Console()
    checks = list(_checks(db or CliSettings().database_url))
    if judge is not None:
        checks += _judge(judge, judge_model)
    for check in checks:
        mark = {True: "ok", False: "FAIL", None: "-"}[check.is_fine]
        console.print(
            f"{mark:<5}{check.name:<16}{check.found}", highlight=False, markup=False, soft_wrap=True
        )
    if any(check.is_fine is False for check in checks):
        raise typer.Exit(EXIT_FAILED)


def _checks(database: str) -> Iterator[Check]:
    yield Check("assay", True, version("assay"))
    yield Check("python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield Check("cores", True, f"{len(os.sched_getaffinity(0))} usable")
    yield _disk()
    yield _try("configurations", lambda: f"{_num_rules()} rules, in {configs_folder()}")
    yield _try("rubric", lambda: load_rubric("default").id)
    yield _try("evidence judge", _judge_version)
    yield _try("compiled dedup", _compile_dedup)
    yield _database(database)


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free
    return Check("free disk", free >= MIN_FREE_BYTES, f"{free / GIBIBYTE:.1f} GiB here")


def _num_rules() -> int:
    from assay_filter.pipeline import Pipeline, build_rules

    rules = build_rules(load_config(Pipeline, "pipelines", "default"))
    return len(rules.payload_rules) + len(rules.rules) + (rules.cap_pileup is not None)


def _judge_version() -> str:
    factory = judge_factory("evidence")
    assert factory is not None
    return factory().version


def _judge(url: str, model: str | None) -> Iterator[Check]:
    """Look at the judge behind a URL: its probe tells what it can do."""
    try:
        maker = judge_factory(url, JudgeOptions(model=model, cache="off"))
        if maker is None:
            return
        judge = maker()
    except AssayError as exc:
        yield Check("judge", False, str(exc))
        return
    try:
        yield Check("judge", True, f"{judge.name}, version {judge.version[:12]}, at {url}")
        capabilities = getattr(judge, "capabilities", None)  # only on a model server
        if capabilities is not None:
            yield from _capabilities(capabilities)
    except AssayError as exc:
        yield Check("judge", False, str(exc))
    finally:
        close_judge(judge)


def _capabilities(found: "Capabilities") -> Iterator[Check]:
    context = "unknown" if found.max_model_len is None else f"{found.max_model_len:,} tokens"
    yield Check("server", True, f"{found.server}, context {context}")
    yield Check("answers", True, f"held to form by {found.generation.value}")
    batch = "in one batch" if found.has_batch else "one request each"
    yield Check("scores", True, f"read by {found.reading.value}, {batch}")
    mass = "unknown" if found.probed_mass is None else f"{found.probed_mass / 1000:.3f}"
    yield Check("label mass", found.is_healthy, f"{mass} of the probability on score digits")
    for problem in found.problems:
        yield Check("note", None, problem)


def _compile_dedup() -> str:
    from assay_filter.dedup.engine import warm_up

    return f"ready in {warm_up():.1f} s"


def _database(url: str) -> Check:
    try:
        check_revision(open_engine(url, read_only=True))
    except AssayError as exc:
        is_absent = "found none" in str(exc)
        return Check("audit database", None if is_absent else False, str(exc))
    return Check("audit database", True, url)


def _try(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except AssayError as exc:
        return Check(name, False, str(exc))
