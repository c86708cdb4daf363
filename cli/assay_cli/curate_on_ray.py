"""`python -m assay_cli.curate_on_ray`: curate more samples than one database holds, on Ray.

A door of its own, outside of `assay`: it needs the extra `scale`, and a folder that all machines of
the cluster see. Exit codes are those of `assay curate`.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from assay.configs import load_config
from assay.datasets.sources import Source, expand_inputs
from assay.domain.errors import AssayError, ConfigError, InputError, RunStateError
from assay.rubrics import load_rubric
from assay_cli.curate_options import Config, Inputs, Out, Overwrite, RubricFile, Seed
from assay_cli.display import describe_outcomes
from assay_cli.judges import judge_factory
from assay_filter.curation.workspace import MANIFEST, WORK_FOLDER

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_WITH_ERRORS = 3
EXIT_INTERRUPTED = 130

JudgeName = Annotated[str, typer.Option(help="evidence (no model) or off.")]
Address = Annotated[
    str,
    typer.Option(help="Cluster: `auto` (the one of this machine), host:port, or `local` to start."),
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
    """Curate conversations on a Ray cluster: the bytes of `assay curate`, without a database.

    Writes shards of the outcome files, the audit as Parquet and manifest.json into --out, which all
    machines must see under the same path, as they must the inputs.

    Example: python -m assay_cli.curate_on_ray /data/raw --out /data/clean --address auto
    """
    console = Console(stderr=True)
    if judge not in ("evidence", "off"):
        raise ConfigError(f"expected --judge evidence or off, found {judge!r}")
    maker = judge_factory(judge)
    made = None if maker is None else maker()
    from assay_filter.pipeline import Pipeline
    from assay_filter.scaling.curation import ScaleOrder, curate_at_scale
    from assay_filter.scaling.ray_flow import RayFlow, ray_cluster
    from assay_filter.scaling.settings import Sizes

    order = ScaleOrder(
        sources=_sources(inputs, out),
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
    )
    with ray_cluster(address, num_cpus=cpus, store_mebibytes=store_mebibytes):
        flow = RayFlow(out.absolute() / WORK_FOLDER)
        manifest = curate_at_scale(flow, order, lambda step: _say(console, step))
    _tell(console, out, manifest)
    raise typer.Exit(_exit_code(manifest))


def run() -> None:
    """Run the command line; errors of Assay become one line and an exit code."""
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    application.command()(curate_on_ray)
    try:
        application(standalone_mode=False)
    except typer.Exit as exc:
        sys.exit(exc.exit_code)
    except AssayError as exc:
        _say(Console(stderr=True), f"assay: {exc}")
        is_input = isinstance(exc, InputError | ConfigError | RunStateError)
        sys.exit(EXIT_BAD_INPUT if is_input else EXIT_FAILED)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(EXIT_INTERRUPTED)


def _sources(inputs: Sequence[str], out: Path) -> tuple[Source, ...]:
    sources = expand_inputs(inputs).sources
    for source in sources:
        if source.path is None:
            raise InputError("expected files that all machines see, found standard input")
        if source.path.resolve().is_relative_to(out.resolve()):
            raise InputError(
                f"expected inputs outside of --out, found {source.name!r} inside of {str(out)!r}; "
                "choose an --out that holds no input"
            )
    return sources


def _tell(console: Console, out: Path, manifest: Mapping[str, Any]) -> None:
    _say(console, f"{manifest['input']:,} samples: {describe_outcomes(manifest['outcomes'])}")
    _say(console, "no model judged these samples: accepted means that no defect was found")
    _say(console, f"results  {out}")
    _say(console, f"manifest {out / MANIFEST}")


def _exit_code(manifest: Mapping[str, Any]) -> int:
    if set(manifest["formats"]) == {"unreadable"}:
        return EXIT_BAD_INPUT
    return EXIT_WITH_ERRORS if manifest["outcomes"]["error"] else EXIT_DONE


def _say(console: Console, text: str) -> None:
    """Print a line as it is: paths may hold brackets, and must not be broken."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    run()
