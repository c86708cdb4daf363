"""`assay decontaminate`: takes evaluation items out of samples, and says what it cannot see."""

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from assay.configs import parse_config, read_yaml
from assay.datasets.atomic_file import AtomicFile
from assay.datasets.expansion import Bounds
from assay.datasets.reading import Batches, read_batches
from assay.datasets.sources import Source, expand_inputs
from assay.datasets.writing import JsonlWriter
from assay.domain.errors import ConfigError, InputError
from assay.queue.inprocess import InProcessQueue
from assay_cli.settings import CliSettings

if TYPE_CHECKING:  # numpy and compiled kernels load when the command runs, not when `assay` starts
    from assay_filter.decontamination.index import EvalIndex
    from assay_filter.decontamination.items import ItemFields
    from assay_filter.decontamination.screening_task import ScreeningTask
    from assay_filter.decontamination.settings import DecontaminationSettings

EXIT_DONE = 0
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
REPORT = "report.json"
ENDINGS = ("clean", "flagged", "contaminated", "unreadable")
COLUMNS = {
    "num_items": "items",
    "num_leaked_items": "leaked",
    "num_flagged_items": "flagged",
    "rows_dropped": "rows dropped",
    "rows_flagged": "rows flagged",
}
COUNTED = tuple(COLUMNS)[1:]
INDEX_FOLDER = ".evalindex"
ROWS_PER_TASK = 2000
MAX_TASK_BYTES = 8 << 20

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...", help="Samples: files (JSONL, .gz, .zst, Parquet) or folders."
    ),
]
EvalSets = Annotated[
    list[str],
    typer.Option(
        "--eval-set", help="Evaluation items: a file or folder of such; may be given repeatedly."
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for the results; created when absent.")]
Fields = Annotated[
    list[str],
    typer.Option(
        "--field",
        metavar="NAME=KEY",
        help="Where items have their question, answer, passage, choices, benchmark, split or id, "
        "when not under these names: --field question=problem. A dot goes deeper.",
    ),
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="YAML of settings; see the guide.")
]
IndexFolder = Annotated[
    Path | None,
    typer.Option(
        "--index-dir", help="Keeps the index here for later commands; default: inside of --out."
    ),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Worker processes; default one a core.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what --out holds.")]


def decontaminate(
    inputs: Inputs,
    eval_set: EvalSets,
    out: Out,
    field: Fields = [],  # noqa: B006  typer reads it and makes a list of its own
    config: ConfigFile = None,
    index_dir: IndexFolder = None,
    workers: Workers = None,
    overwrite: Overwrite = False,
) -> None:
    """Find evaluation items in training samples: drop whole ones, flag passages of them.

    An item is a row with a question under `prompt`, `question`, `input` or `messages`, and if there
    is one an `answer` or `reference`, `choices`, `passage`, `benchmark`, `split`, `id`. Whatever
    role says it, case, white space, punctuation and markup aside.

    Writes clean.jsonl, flagged.jsonl (a person should look), contaminated.jsonl, unreadable.jsonl
    and report.json into --out; each line tells under "assay" which items were found and where. An
    interrupted command leaves none of them; start it again, there is nothing to resume.

    Example: assay decontaminate data/ --eval-set gsm8k.jsonl --eval-set mmlu.parquet --out out
    """
    _interrupt_on_sigterm()
    console = Console(stderr=True)
    settings, fields = _settings(config), _fields(field)
    sources = _files(inputs, console)
    eval_sources = _files(eval_set, console)
    _check_out(out, (*sources, *eval_sources), overwrite)
    job = _Job(sources, out, workers or CliSettings().num_workers)
    try:
        index = _index(eval_sources, settings, index_dir or out / INDEX_FOLDER, fields, console)
        report = _carry_out(job, index)
    except KeyboardInterrupt:
        _say(console, "interrupted; no results were written. Run the same command again")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    _tell(console, out, report)
    raise typer.Exit(_exit_code(console, report))


@dataclass(frozen=True, slots=True)
class _Job:
    """What is read, where results go, and how many work at it."""

    sources: Sequence[Source]
    out: Path
    num_workers: int


def _carry_out(job: _Job, index: "EvalIndex") -> Mapping[str, Any]:
    from assay_filter.decontamination.report import describe
    from assay_filter.decontamination.screening_task import Tally, run_screening

    batches = read_batches(
        job.sources,
        rows_per_batch=ROWS_PER_TASK,
        max_batch_bytes=MAX_TASK_BYTES,
        bounds=Bounds(CliSettings().max_expansion, sys.maxsize),
    )
    tally = Tally()
    with ExitStack() as stack:
        queue = stack.enter_context(InProcessQueue(num_workers=job.num_workers))
        writers = {
            name: stack.enter_context(JsonlWriter(job.out / f"{name}.jsonl")) for name in ENDINGS
        }
        for screened in queue.map(run_screening, _tasks(batches, index)):
            tally.add(screened.tally)
            for ending, lines in screened.lines.items():
                writers[ending].write_lines(lines, screened.tally.endings[ending])
        report = describe(index, tally, _inputs(batches))
    file = AtomicFile(job.out / REPORT)
    file.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    file.commit()
    return report


def _tasks(batches: Batches, index: "EvalIndex") -> Iterator["ScreeningTask"]:
    from assay_filter.decontamination.screening_task import ScreeningTask

    assert index.path is not None
    for batch in batches:
        name = batches.sources[batch.source].name
        yield ScreeningTask(index.path, index.settings, name, batch.lines)


def _inputs(batches: Batches) -> list[dict[str, str | int]]:
    return [
        {
            "name": source.name,
            "sha256": batches.digests[at].sha256,
            "num_bytes": batches.digests[at].num_bytes,
        }
        for at, source in enumerate(batches.sources)
    ]


def _index(
    sources: Sequence[Source],
    settings: "DecontaminationSettings",
    folder: Path,
    fields: "ItemFields",
    console: Console,
) -> "EvalIndex":
    from assay_filter.decontamination.storage import open_index

    index = open_index(sources, settings, folder, fields)
    index.warm_up()
    _say(
        console,
        f"index    {index.num_items:,} items of {len(index.notes.benchmarks):,} benchmarks, "
        f"digest {index.digest[:16]}",
    )
    for example in index.notes.examples:
        _say(console, f"no item: {example}")
    return index


def _settings(path: Path | None) -> "DecontaminationSettings":
    from assay_filter.decontamination.settings import DecontaminationSettings

    if path is None:
        return DecontaminationSettings()
    return parse_config(DecontaminationSettings, read_yaml(path), str(path))


def _fields(given: Sequence[str]) -> "ItemFields":
    from assay_filter.decontamination.items import ItemFields

    named: dict[str, list[str]] = {}
    for text in given:
        name, equals, key = text.partition("=")
        if not equals or not key or name not in ItemFields.model_fields:
            raise ConfigError(
                f"expected --field NAME=KEY with a name among {list(ItemFields.model_fields)}, "
                f"found {text!r:.80}"
            )
        named.setdefault(name, []).append(key)
    return parse_config(ItemFields, named, "--field")


def _files(names: Sequence[str], console: Console) -> tuple[Source, ...]:
    expanded = expand_inputs(names)
    for skipped in expanded.skipped:
        _say(console, f"skipped {skipped.name}: {skipped.reason}")
    if any(source.path is None for source in expanded.sources):
        raise InputError("expected files or folders, found -; save standard input to a file first")
    return expanded.sources


def _check_out(out: Path, sources: Sequence[Source], overwrite: bool) -> None:
    for source in sources:
        assert source.path is not None
        if source.path.resolve().is_relative_to(out.resolve()):
            raise InputError(
                f"expected inputs outside of --out, found {source.name!r} inside of {str(out)!r}; "
                "choose an --out that holds no input"
            )
    names = (*(f"{name}.jsonl" for name in ENDINGS), REPORT)
    there = [name for name in names if (out / name).exists()]
    if there and not overwrite:
        raise ConfigError(
            f"expected an --out without results, found {there[0]!r} in {str(out)!r}; choose "
            "another folder, or replace them with --overwrite"
        )


def _interrupt_on_sigterm() -> None:
    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _tell(console: Console, out: Path, report: Mapping[str, Any]) -> None:
    rows = report["rows"]
    _print_table(report["benchmarks"])
    shown = ", ".join(f"{rows[name]:,} {name}" for name in ENDINGS)
    _say(console, f"{sum(rows.values()):,} rows: {shown}")
    for sentence in report["coverage"]:
        _say(console, f"coverage {sentence}")
    _say(console, f"results  {out}")
    _say(console, f"report   {out / REPORT}")


def _print_table(benchmarks: Sequence[Mapping[str, Any]]) -> None:
    """Print the benchmarks of which anything was found; the report has them all."""
    table = Table()
    for at, name in enumerate(("benchmark", *COLUMNS.values())):
        table.add_column(name, justify="right" if at else "left", overflow="fold")
    hit = [figures for figures in benchmarks if any(figures[key] for key in COUNTED)]
    for figures in hit:
        table.add_row(figures["benchmark"], *(f"{figures[key]:,}" for key in COLUMNS))
    console = Console()
    if hit:
        console.print(table)
    clean = len(benchmarks) - len(hit)
    console.print(f"{clean:,} of {len(benchmarks):,} benchmarks without a find", highlight=False)


def _exit_code(console: Console, report: Mapping[str, Any]) -> int:
    rows = report["rows"]
    if rows["unreadable"] and rows["unreadable"] == sum(rows.values()):
        _say(
            console,
            f"expected conversations, found nothing but bad lines ({rows['unreadable']:,}); "
            "unreadable.jsonl holds each with its reason",
        )
        return EXIT_BAD_INPUT
    return EXIT_DONE


def _say(console: Console, text: str) -> None:
    """Print a line as it is: paths may hold brackets, and must not be broken."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)
