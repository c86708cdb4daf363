"""The `assay` command: the composition root. Commands parse, call one function, and render.

Exit codes: 0 done; 1 a crash, or a check that failed; 2 bad input or configuration; 3 done with
samples in `error`; 130 interrupted, resumable.
"""

import sys

import typer
from rich.console import Console

from assay.audit.engine import database_errors
from assay.domain.errors import AssayError, AuditError, ConfigError, InputError, RunStateError
from assay_cli.audit import audit_app
from assay_cli.calibrate import calibrate_judge
from assay_cli.curate import curate
from assay_cli.curate_on_ray import curate_on_ray
from assay_cli.database import database_app
from assay_cli.decontaminate import decontaminate
from assay_cli.diff import diff_runs
from assay_cli.doctor import doctor
from assay_cli.explain import explain
from assay_cli.export import export_dataset
from assay_cli.index import index_app
from assay_cli.judge import judge
from assay_cli.redecide import redecide_run
from assay_cli.remote import fetch, runs_app, submit, watch
from assay_cli.reward import reward_app
from assay_cli.serve import serve_app
from assay_cli.tasks import tasks_app
from assay_cli.worker import worker

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="assay",
    help="Grade training data for LLMs, and keep what passes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(curate)
app.command("curate-on-ray")(curate_on_ray)
app.command(context_settings={"ignore_unknown_options": True})(explain)  # -:3 is a row address
app.command("calibrate")(calibrate_judge)
app.command("judge")(judge)
app.command("redecide")(redecide_run)
app.command("decontaminate")(decontaminate)
app.command("diff")(diff_runs)
app.command("export")(export_dataset)
app.command()(doctor)
app.command()(worker)
app.command("submit")(submit)
app.command("watch")(watch)
app.command("fetch")(fetch)
app.add_typer(runs_app, name="runs")
app.add_typer(reward_app, name="reward")
app.add_typer(tasks_app, name="tasks")
app.add_typer(serve_app, name="serve")
app.add_typer(audit_app, name="audit")
app.add_typer(index_app, name="index")
app.add_typer(database_app, name="db")


def run() -> None:
    """Run the command line; errors of Assay become one line and an exit code."""
    try:
        with database_errors():
            app()
    except (InputError, ConfigError, RunStateError) as exc:
        _fail(exc, EXIT_BAD_INPUT)
    except AssayError as exc:
        _fail(exc, EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def _fail(exc: AssayError, code: int) -> None:
    kind = "audit" if isinstance(exc, AuditError) else "assay"
    Console(stderr=True).print(
        f"{kind}: {exc}", highlight=False, markup=False, soft_wrap=True, style="red"
    )
    sys.exit(code)
