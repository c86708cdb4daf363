"""`assay serve`: runs a service in this process until it is told to leave.

One process serves one core. For more, run several behind a balancer: judges with one cache (Redis)
and one nonce key, filters with one database and one store; they hold no other state. A reward
service has worker processes for its cores, and no state at all.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assay.queue.doorbell import Doorbell

serve_app = typer.Typer(help="Run a service until SIGTERM.", no_args_is_help=True)


@serve_app.callback()
def serve() -> None:
    """Run a service until SIGTERM."""


@serve_app.command()
def judge(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's own need keys.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 8001,
    backend_url: Annotated[
        str | None,
        typer.Option(help="OpenAI-compatible server, or evidence (default: no model is asked)."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model on that server; not needed where it serves one.")
    ] = None,
    mode: Annotated[
        str | None, typer.Option(help="fast, standard (default), thorough or cascade.")
    ] = None,
    rubric: Annotated[str | None, typer.Option(help="Rubric of requests that name none.")] = None,
    rubrics_folder: Annotated[
        Path | None, typer.Option(help="Folder of your own rubrics (YAML).")
    ] = None,
    cache: Annotated[
        str | None, typer.Option(help="sqlite:///FILE, redis://HOST/DB or memory:.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Stop judging when it is spent: '5 usd', '2M' (tokens).")
    ] = None,
    prices: Annotated[
        str | None, typer.Option(help="Price table: a shipped name or a YAML file.")
    ] = None,
    allow_anonymous: Annotated[
        bool, typer.Option("--allow-anonymous", help="Serve other machines without API keys.")
    ] = False,
) -> None:
    """Serve the judge: POST /v1/score, POST /v1/score/batch, GET /v1/rubrics, /v1/capabilities.

    Settings come from ASSAY_JUDGE_* (ASSAY_API_KEYS for the keys); options win over them. SIGTERM
    finishes what is held and exits with 0.

    Example: assay serve judge --backend-url http://localhost:8000/v1
    """
    from assay_judge.service.main import read_settings  # the web framework loads for this alone
    from assay_judge.service.main import serve as serve_judge

    settings = read_settings(
        backend_url=backend_url,
        backend_model=model,
        mode=mode,
        rubric=rubric,
        rubrics_folder=rubrics_folder,
        cache=cache,
        budget=budget,
        prices=prices,
    )
    serve_judge(settings, host=host, port=port, allow_anonymous=allow_anonymous)


@serve_app.command("filter")
def filter_service(
    store: Annotated[
        Path | None,
        typer.Option(help="Folder of uploads and results, shared with the workers."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="Audit database; default $ASSAY_DATABASE_URL, or a file in the store."),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(help="Redis that wakes workers of `assay worker`; $ASSAY_BROKER_URL."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's own need keys.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 8002,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0, help="Worker processes beside the service; default 1 with SQLite, else none."
        ),
    ] = None,
    allow_anonymous: Annotated[
        bool, typer.Option("--allow-anonymous", help="Serve other machines without API keys.")
    ] = False,
) -> None:
    """Serve curation: files, runs, events, results, batches.

    Settings come from ASSAY_FILTER_* (ASSAY_API_KEYS for the keys, ASSAY_FILTER_JUDGE_URL for the
    judge called `default`); options win over them. A SQLite database is made, or upgraded after a
    copy; a PostgreSQL one is upgraded by `assay db upgrade` alone. SIGTERM finishes what is held
    and exits with 0.

    Example: assay serve filter --store store
    """
    from assay_filter.service.settings import broker_of, database_of, read_settings

    settings = read_settings(store=store)  # before what takes seconds to load
    from assay_cli.server_judges import ServerJudges
    from assay_filter.service.main import Home  # the web framework loads for this alone
    from assay_filter.service.main import serve as serve_filter

    home = Home(
        host=host,
        port=port,
        database=database_of(settings, database),
        doorbell=_doorbell(broker_of(broker)),
        num_workers=workers,
        allow_anonymous=allow_anonymous,
    )
    serve_filter(settings, home, ServerJudges())


@serve_app.command("rl-rewards")
def rl_rewards(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's own need keys.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 8003,
    routes: Annotated[
        str | None, typer.Option(help="Routes: a shipped name (default) or a YAML file.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=512, help="Worker processes; default: one a core.")
    ] = None,
    allow_anonymous: Annotated[
        bool, typer.Option("--allow-anonymous", help="Serve other machines without API keys.")
    ] = False,
) -> None:
    """Serve rewards for rollouts: POST /v1/rewards, POST /v1/tasks/validate, GET /v1/domains.

    Settings come from ASSAY_RL_REWARDS_* (ASSAY_API_KEYS for the keys); options win over them.
    Verifiers run in worker processes that are killed where an answer takes too long. SIGTERM
    finishes what is held and exits with 0.

    Example: assay serve rl-rewards --workers 4
    """
    from assay_rl_rewards.service.main import serve as serve_rewards  # the web framework
    from assay_rl_rewards.service.settings import read_settings

    settings = read_settings(routes=routes, workers=workers)
    serve_rewards(settings, host=host, port=port, allow_anonymous=allow_anonymous)


@serve_app.command("all")
def all_services(
    store: Annotated[
        Path, typer.Option(help="Folder of the filter service's uploads and results.")
    ] = Path("store"),
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's own need keys.")
    ] = "127.0.0.1",
    judge_port: Annotated[int, typer.Option(min=1, max=65535)] = 8001,
    filter_port: Annotated[int, typer.Option(min=1, max=65535)] = 8002,
    rewards_port: Annotated[int, typer.Option(min=1, max=65535)] = 8003,
    allow_anonymous: Annotated[
        bool, typer.Option("--allow-anonymous", help="Serve other machines without API keys.")
    ] = False,
) -> None:
    """Serve everything on this machine: judge, filter and rl-rewards, a process each.

    Each reads its own settings (ASSAY_JUDGE_*, ASSAY_FILTER_*, ASSAY_RL_REWARDS_*); the filter and
    the rewards ask the judge beside them unless their settings name another. When one service ends,
    the others are stopped and the exit code is 1. SIGTERM lets all finish what they hold.

    Example: assay serve all --store store
    """
    from assay_cli.serve_all import run_services
    from assay_cli.serve_settings import Ports, service_environments

    common = ["--host", host, *(["--allow-anonymous"] if allow_anonymous else [])]
    ports = Ports(judge_port, filter_port, rewards_port)
    commands = {
        "judge": ["serve", "judge", "--port", str(ports.judge), *common],
        "filter": [
            "serve", "filter", "--port", str(ports.filter), "--store", str(store), *common,
        ],
        "rl-rewards": ["serve", "rl-rewards", "--port", str(ports.rewards), *common],
    }  # fmt: skip
    raise typer.Exit(run_services(commands, service_environments(ports)))


def _doorbell(broker: str | None) -> "Doorbell | None":
    if broker is None:
        return None
    from assay.queue.celery import make_celery
    from assay_cli.doorbell import make_doorbell

    return make_doorbell(make_celery(broker))
