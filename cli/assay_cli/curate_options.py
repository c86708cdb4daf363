"""The options of `assay curate` but for those of a model judge."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help="Files (JSONL, .gz, .zst, Parquet), folders, or - for standard input.",
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for the results; created when absent.")]
Config = Annotated[str, typer.Option(help="Pipeline: a shipped name or a YAML file.")]
RubricFile = Annotated[str, typer.Option(help="Rubric: a shipped name or a YAML file.")]
JudgeName = Annotated[
    str,
    typer.Option(
        help="evidence (no model: code decides what code can), off, or the URL of a model server "
        "(vLLM or any OpenAI-compatible one) or of an Assay judge service."
    ),
]
Database = Annotated[
    str | None,
    typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Worker processes; default one a core.")]
Format = Annotated[
    Literal["jsonl", "parquet"], typer.Option("--format", help="Format of the outcome files.")
]
Seed = Annotated[int, typer.Option(help="Recorded with the run.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the unfinished run in --out.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace what --out holds of former runs.")
]
EvalSets = Annotated[
    list[str] | None,
    typer.Option(
        "--eval-set",
        metavar="FILE",
        help="Evaluation set (JSONL, Parquet) whose items must not be in the data; may be given "
        "again. See assay decontaminate.",
    ),
]
Index = Annotated[
    bool, typer.Option("--index", help="Let later runs know what this one keeps (see --against).")
]
Against = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RUN|all",
        help="Keep nothing that this earlier, indexed run has kept; may be given again.",
    ),
]
Semantic = Annotated[
    bool,
    typer.Option(
        "--semantic",
        help="Flag kept samples that mean the same as an earlier one, by their embedding; needs an "
        "embedding server. Nothing is dropped for it.",
    ),
]
SemanticThreshold = Annotated[
    float | None,
    typer.Option(min=0.5, max=1.0, help="Cosine from which --semantic flags; default 0.95."),
]
EmbeddingUrl = Annotated[
    str | None,
    typer.Option(
        help="OpenAI-compatible server of --semantic; default $ASSAY_EMBEDDING_URL. Its key: "
        "$ASSAY_EMBEDDING_API_KEY."
    ),
]
EmbeddingModel = Annotated[
    str | None, typer.Option(help="Embedding model there; default $ASSAY_EMBEDDING_MODEL.")
]
