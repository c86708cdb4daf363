"""`assay curate-on-ray`: curate more samples than one database holds, on a Ray cluster."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from assay.configs import load_config
from assay.datasets.sources import STDIN
from assay.domain.errors import InputError
from assay.rubrics import load_rubric
from assay_cli.curate import exit_code, input_files
from assay_cli.curate_options import Config, Inputs, Out, Overwrite, RubricFile, Seed
from assay_cli.display import describe_outcomes
from assay_cli.judges import judge_factory
from assay_cli.settings import CliSettings
from assay_filter.curation.workspace import MANIFEST, WORK_FOLDER

JudgeName = Annotated[
    Literal["evidence", "off"],
    typer.Option(help="evidence (no model: code decides what code can) or off."),
]
Address = Annotated[
    str,
    typer.Option(
        help="Cluster: auto (the one that this machine belongs to), HOST:PORT, or local to start "
        "one on this machine for the time of the run."
    ),
]
NumCpus = Annotated[int | None, typer.Option(min=1, help="Cores of a local cluster; default all.")]
StoreMebibytes = Annotated[
    int | None, typer.Option(min=80, help="Object store of a local cluster, MiB; default Ray's.")
]
Concatenate = Annotated[
    bool, typer.Option("--concatenate", help="Write each outcome as one file too.")
]
NumParts = Annotated[
    int, typer.Option(min=0, help="Parts that keys are cut into; 0: as many as the samples need.")
]
ShardSamples = Annotated[int, typer.Option(min=1, help="Samples of a shard, about.")]
LargestComponent = Annotated[
    int, typer.Option(min=2, help="Samples that may be copies of each other, at most.")
]


def curate_on_ray(
    inputs: Inputs,
    out: Out,
    address: Address = "auto",
    config: Config = "default",
    rubric: RubricFile = "default",
    judge: JudgeName = "evidence",
    seed: Seed = 0,
    cpus: NumCpus = None,
    store_mebibytes: StoreMebibytes = None,
    parts: NumParts = 0,
    shard_samples: ShardSamples = 200_000,
    largest_component: LargestComponent = 20_000_000,
    concatenate: Concatenate = False,
    overwrite: Overwrite = False,
) -> None:
    """Curate on a Ray cluster, without a database: for more samples than one holds.

    The bytes, counts and chain head are those of assay curate. Writes shards of the outcome files,
    the audit as Parquet and manifest.json into --out. All machines must see --out and the inputs
    under the same path, and have Assay with the extra scale. What is not here: --against,
    evaluation sets, repair, judges on a server, report.html, --resume.

    Example: assay curate-on-ray /data/raw --out /data/clean --address auto
    """
    console = Console(stderr=True)
    if STDIN in inputs:
        raise InputError("expected files that all machines see, found - (standard input)")
    sources = input_files(inputs, out, console)
    maker = judge_factory(judge)
    made = None if maker is None else maker()
    from assay_filter.pipeline import Pipeline
    from assay_filter.scaling.curation import ScaleOrder, curate_at_scale
    from assay_filter.scaling.ray_flow import RayFlow, ray_cluster
    from assay_filter.scaling.settings import Sizes

    order = ScaleOrder(
        sources=sources,
        out_dir=out,
        pipeline=load_config(Pipeline, "pipelines", config),
        rubric=load_rubric(rubric),
        judge=maker,
        judge_name="off" if made is None else made.name,
        judge_version="0" if made is None else made.version,
        seed=seed,
        sizes=Sizes(parts, largest_component=largest_component, shard_samples=shard_samples),
        concatenate=concatenate,
        overwrite=overwrite,
        max_expansion=CliSettings().max_expansion,
    )
    with ray_cluster(address, num_cpus=cpus, store_mebibytes=store_mebibytes):
        flow = RayFlow(out.absolute() / WORK_FOLDER)
        manifest = curate_at_scale(flow, order, lambda step: _say(console, step))
    _tell(console, out, manifest)
    raise typer.Exit(exit_code(console, manifest))


def _tell(console: Console, out: Path, manifest: Mapping[str, Any]) -> None:
    _say(console, f"{manifest['input']:,} samples: {describe_outcomes(manifest['outcomes'])}")
    _say(console, "no model judged these samples: accepted means that no defect was found")
    _say(console, f"results  {out}")
    _say(console, f"manifest {out / MANIFEST}")


def _say(console: Console, text: str) -> None:
    """Print a line as it is: paths may hold brackets, and must not be broken."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)
