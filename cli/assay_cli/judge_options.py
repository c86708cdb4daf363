"""The options by which `assay curate` and `assay calibrate` say how a model judges and what for."""

from typing import Annotated, Literal

import typer

JudgeModel = Annotated[
    str | None,
    typer.Option("--judge-model", help="Model on that server; needed where it serves several."),
]
JudgeMode = Annotated[
    Literal["fast", "standard", "thorough", "cascade"] | None,
    typer.Option(
        help="How much is asked of the model for a turn; see docs/guides/judging.md. Default: "
        "standard, or what a judge service does by itself."
    ),
]
JudgeCache = Annotated[
    str | None,
    typer.Option(help="sqlite:///FILE, redis://HOST/DB or off; default $ASSAY_JUDGE_CACHE."),
]
JudgeBudget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="Most that judging may use, '2M tokens' or '5 usd' (needs --prices). What is judged "
        "by then is kept: the same command goes on with a higher one (curate: and --resume).",
    ),
]
Prices = Annotated[
    str,
    typer.Option(help="Price table for budgets in money: a shipped name or a YAML file."),
]
Concurrency = Annotated[
    int, typer.Option(min=1, max=4096, help="Requests to the model server at one time.")
]
