"""The report of a decontamination: figures by benchmark, and what they do not cover, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from assay.domain.sample import JsonValue
from assay_filter.decontamination.index import EvalIndex, IndexNotes
from assay_filter.decontamination.screening_task import BenchmarkTally, Ending, Tally

LOOKED_AT = "system, user, assistant and tool turns, arguments of tool calls, documents"


def describe(
    index: EvalIndex, tally: Tally, inputs: Sequence[Mapping[str, JsonValue]]
) -> dict[str, Any]:
    """Return the report as a JSON object."""
    return {
        "rows": {ending.value: tally.endings[ending] for ending in Ending},
        "rows_by_tier": dict(sorted(tally.rows_by_tier.items())),
        "rows_by_role": dict(sorted(tally.rows_by_role.items())),
        "bad_lines": dict(sorted(tally.bad_lines.items())),
        "benchmarks": _benchmarks(index.notes, tally),
        "coverage": coverage(index, tally),
        "index": {
            "digest": index.digest,
            "num_items": index.num_items,
            "num_rows": index.notes.num_rows,
            "unread": index.notes.unread,
            "examples": list(index.notes.examples),
        },
        "settings": index.settings.model_dump(mode="json"),
        "inputs": list(inputs),
    }


def coverage(index: EvalIndex, tally: Tally) -> list[str]:
    """Say what was looked for, where, and what the method cannot see."""
    sizes = index.notes.benchmarks.values()
    num_exact_only = sum(size.num_exact_only for size in sizes)
    settings = index.settings
    sentences = [
        f"Looked for {index.num_items:,} questions in {LOOKED_AT}; not in the descriptions of "
        "declared tools, nor in metadata.",
        f"Found as whole questions only (too short for 5-grams of their own, or all template): "
        f"{num_exact_only:,} of them. A question of fewer than {settings.min_embedded_tokens} "
        "tokens inside of a longer text drops with its answer or choices beside it alone; else it "
        "flags from 5 tokens on and is passed over below.",
        *_left_out(index.notes),
        f"Answers ({_total(index, 'num_with_answer'):,}), passages "
        f"({_total(index, 'num_with_passage'):,}) and choices "
        f"({_total(index, 'num_with_choices'):,}) are evidence beside a question; on their own "
        "they are not looked for.",
        "Not seen: paraphrases, translations, questions with other numbers or names throughout, "
        "text in images, text in other letters that look alike. A question with a few words "
        "changed is flagged or dropped by how much of it is left.",
        "A clean row is one that shares no such text with these evaluation sets; it may still "
        "teach to their answers.",
    ]
    if tally.num_unsound:
        sentences.append(
            f"{tally.num_unsound:,} rows have an unsound structure and were searched as far as "
            "they hold texts."
        )
    if tally.endings[Ending.UNREADABLE]:
        sentences.append(
            f"{tally.endings[Ending.UNREADABLE]:,} lines hold no sample and were not searched: "
            "unreadable.jsonl."
        )
    return sentences


def _left_out(notes: IndexNotes) -> list[str]:
    reasons: dict[str, int] = {}
    for size in notes.benchmarks.values():
        for reason, count in size.left_out.items():
            reasons[reason] = reasons.get(reason, 0) + count
    sentences = [f"Not indexed: {count:,}, {reason}." for reason, count in sorted(reasons.items())]
    for reason, count in sorted(notes.unread.items()):
        sentences.append(f"Rows of the evaluation files that are no items: {count:,}, {reason}.")
    return sentences


def _total(index: EvalIndex, name: str) -> int:
    return sum(getattr(size, name) for size in index.notes.benchmarks.values())


def _benchmarks(notes: IndexNotes, tally: Tally) -> list[dict[str, Any]]:
    listed = []
    for name, size in notes.benchmarks.items():
        found = tally.benchmarks.get(name, BenchmarkTally())
        listed.append(
            {
                "benchmark": name,
                **asdict(size),
                "num_leaked_items": len(found.dropped_items),
                "num_flagged_items": len(found.flagged_items - found.dropped_items),
                "rows_dropped": found.num_dropped,
                "rows_flagged": found.num_flagged,
            }
        )
    return listed
