"""What `assay judge` shows: progress while it works, then sums, and the table of a dry run."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from assay.domain.judgement import Usage
from assay_judge.cost.ledger import Ledger, LedgerSnapshot
from assay_judge.cost.prices import PriceTable, describe_money
from assay_judge.scoring.file_scorer import Tally

if TYPE_CHECKING:  # loads prompts and forms, for a dry run alone
    from assay_judge.cost.estimate import Estimate

REFRESH_SECONDS = 0.2


class JudgeProgress:
    """A line that is kept up to date on a terminal, and nothing elsewhere.

    Args:
        console: standard error.
        total_bytes: size of the input as stored; None where nobody knows.
    """

    def __init__(self, console: Console, total_bytes: int | None) -> None:
        self._bar = Progress(
            TextColumn("judging"),
            BarColumn(),
            TextColumn("{task.fields[samples]:>9,} samples"),
            TextColumn("{task.fields[rate]:>8,.1f}/s"),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=console,
        )
        self._is_shown = console.is_terminal
        self._task: TaskID = self._bar.add_task(
            "judging", total=total_bytes, samples=0, rate=0.0, figures=""
        )
        self._begun = time.monotonic()
        self._shown = 0.0

    def shown(self) -> AbstractContextManager[object]:
        """The context in which it is on the screen."""
        return self._bar if self._is_shown else nullcontext()

    def show(self, tally: Tally, ledger: Ledger, num_bytes: int) -> None:
        """Bring it up to date, a few times a second."""
        now = time.monotonic()
        if not self._is_shown or now - self._shown < REFRESH_SECONDS:
            return
        self._shown = now
        rate = tally.num_rows / max(now - self._begun, 1e-3)
        figures = f"{tally.errors.total():,} errors  {describe_cost(ledger.snapshot())}"
        self._bar.update(
            self._task, completed=num_bytes, samples=tally.num_rows, rate=rate, figures=figures
        )


def summary_of(judge: str, tally: Tally, ledger: LedgerSnapshot) -> dict[str, Any]:
    """Return the sums as JSON values; money in millionths of a US dollar."""
    return {
        "judge": judge,
        "rows": tally.num_rows,
        "decisions": {decision.value: n for decision, n in sorted(tally.decisions.items())},
        "errors": dict(sorted(tally.errors.items())),
        "interrupted": tally.is_interrupted,
        "judgements": ledger.num_judgements,
        "cache_hits": ledger.num_cache_hits,
        "fabricated_quotes": ledger.num_fabricated_quotes,
        "calls": ledger.usage.num_calls,
        "retries": ledger.usage.num_retries,
        "prompt_tokens": ledger.usage.num_prompt_tokens,
        "cached_tokens": ledger.usage.num_cached_tokens,
        "completion_tokens": ledger.usage.num_completion_tokens,
        "cost_micro_usd": ledger.cost_micro_usd,
        "prices": ledger.prices,
    }


def print_summary(console: Console, judge: str, tally: Tally, ledger: LedgerSnapshot) -> None:
    """Print the sums for people."""
    decisions = "  ".join(f"{d.value} {n:,}" for d, n in sorted(tally.decisions.items()))
    _say(console, f"{tally.num_rows:,} rows judged by {judge}: {decisions or 'none decided'}")
    if tally.errors:
        codes = "  ".join(f"{code} {n:,}" for code, n in tally.errors.most_common())
        _say(console, f"errors: {tally.errors.total():,} ({codes})")
    _say(
        console,
        f"{ledger.num_judgements:,} judgements, {ledger.num_cache_hits:,} from the cache; "
        f"{ledger.usage.num_calls:,} calls, {describe_cost(ledger)}",
    )


def describe_cost(ledger: LedgerSnapshot) -> str:
    """Return tokens and money in one phrase."""
    usage = ledger.usage
    cached = "" if usage.num_cached_tokens is None else f" ({usage.num_cached_tokens:,} cached)"
    tokens = f"{usage.num_prompt_tokens:,} prompt{cached} + {usage.num_completion_tokens:,} tokens"
    if usage.num_prompt_tokens + usage.num_completion_tokens == 0:
        return "no tokens"
    if ledger.cost_micro_usd is None:
        return f"{tokens}, no price known"
    return f"{tokens}, {describe_money(ledger.cost_micro_usd)}"


def print_estimate(
    console: Console, estimate: "Estimate", prices: PriceTable, model: str | None
) -> None:
    """Print what judging would take."""
    table = Table(
        "mode",
        "calls",
        "prompt tokens",
        "of them cached",
        "written tokens",
        "cost",
        title="what judging would take, at least .. at most",
    )
    for mode in estimate.modes:
        table.add_row(
            mode.mode.value,
            _range(mode.least.num_calls, mode.most.num_calls),
            _range(mode.least.num_prompt_tokens, mode.most.num_prompt_tokens),
            _range(mode.least.num_cached_tokens or 0, mode.most.num_cached_tokens or 0),
            _range(mode.least.num_completion_tokens, mode.most.num_completion_tokens),
            _cost_range(mode.least, mode.most, prices, model),
        )
    console.print(table)
    _say(
        console,
        f"{estimate.num_samples:,} samples, {estimate.num_turns:,} assistant turns, "
        f"{estimate.num_without_calls:,} of them without substance (no call)",
    )
    how = (
        f"counted by the server on {estimate.num_counted} prompts"
        if estimate.num_counted
        else "assumed: no server was asked"
    )
    _say(console, f"{estimate.bytes_per_token:.2f} bytes a token, {how}")
    _say(
        console,
        "at least: empty answers, and a prefix cache that keeps all it can; at most: full answers, "
        "and no prefix cache. Retries and answers that are in the judgement cache are not counted",
    )


def estimate_of(estimate: "Estimate", prices: PriceTable, model: str | None) -> Mapping[str, Any]:
    """Return an estimate as JSON values."""
    return {
        "samples": estimate.num_samples,
        "turns": estimate.num_turns,
        "turns_without_calls": estimate.num_without_calls,
        "bytes_per_token": round(estimate.bytes_per_token, 3),
        "prompts_counted": estimate.num_counted,
        "prices": prices.version,
        "modes": {
            mode.mode.value: {
                name: {
                    "calls": usage.num_calls,
                    "prompt_tokens": usage.num_prompt_tokens,
                    "cached_tokens": usage.num_cached_tokens,
                    "completion_tokens": usage.num_completion_tokens,
                    "cost_micro_usd": None if model is None else prices.cost(model, usage),
                }
                for name, usage in (("least", mode.least), ("most", mode.most))
            }
            for mode in estimate.modes
        },
    }


def _cost_range(least: Usage, most: Usage, prices: PriceTable, model: str | None) -> str:
    if model is None:
        return "no model named"
    low, high = prices.cost(model, least), prices.cost(model, most)
    if low is None or high is None:
        return "no price known"
    return f"{describe_money(low)} .. {describe_money(high)}"


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} .. {high:,}"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
