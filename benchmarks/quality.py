"""Measures the rules, verifiers and the evidence judge on labelled data, subset by subset.

Prints, per defect kind, how many labelled rows were caught (not accepted, or for repairable kinds:
exported text equal to the clean twin's after the twin's own normalisation), how many were flagged
only, and per subset how many clean rows were rejected or held at borderline. Then: do clean twins
outrank their mutants for the evidence judge alone, and does it agree with human scores.

Usage: python benchmarks/quality.py [FOLDER] [--subset NAME]... [--show-misses N] [--json FILE]
FOLDER holds the labelled rows (`dev/*.jsonl.gz`).
"""

import argparse
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assay.configs import load_config
from assay.datasets.adapters import Adapted, adapt
from assay.datasets.canonical import to_sample
from assay.datasets.lines import RawLine
from assay.domain.errors import InputError
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.domain.verdict import Decision
from assay.rubrics import load_rubric
from assay_filter.curation.verdicts import Policy, decide_sample
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.screening import RuleSet, Screened, screen
from assay_judge.evidence.judge import EvidenceJudge
from assay_judge.evidence.ranking import RankKey, rank_key

DEFAULT_FOLDER = Path(__file__).resolve().parents[1].parent / "shared" / "data"
FIX_KINDS = {"mojibake", "control_chars", "html_residue", "whitespace_noise", "pii", "prompt_leak"}
NEEDS_A_JUDGE = {  # code has no means to decide these; shown apart
    "tool_wrong_value",
    "tool_unneeded_call",
    "off_topic",
    "incorrect_answer",
    "hallucination",
    "false_premise",
    "code_fails_tests",
    "translationese_or_error",
}
PII = ("pii",)


@dataclass(slots=True)
class Row:
    """One labelled row with what became of it."""

    id: str
    expected: str | None
    defects: tuple[str, ...]
    pair: str | None
    outcome: str
    text: str
    reasons: tuple[str, ...]
    labels: Mapping[str, Any]
    sample: Sample | None
    as_read: str


@dataclass(slots=True)
class Tally:
    """Counts for one subset."""

    caught: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    clean: Counter[str] = field(default_factory=Counter)
    clean_reasons: Counter[str] = field(default_factory=Counter)
    misses: list[Row] = field(default_factory=list)


def main() -> None:
    arguments = _arguments()
    folder = arguments.folder / "dev"
    if not folder.is_dir():
        sys.exit(f"expected labelled rows in {folder}, found none; give their folder")
    rules = build_rules(load_config(Pipeline, "pipelines", "default"))
    rubric = load_rubric("default")
    judge = EvidenceJudge()
    results: dict[str, Any] = {}
    for path in sorted(folder.glob("*.jsonl.gz")):
        name = path.name.split(".")[0]
        if arguments.subset and name not in arguments.subset:
            continue
        rows = list(_rows(path, rules, rubric, judge))
        if not rows:
            continue
        tally = _tally(rows)
        results[name] = _print_tally(path.name, rows, tally, arguments.show_misses)
        results[name]["pairs_ranked"] = _print_ranking(rows, judge, rubric)
        if name == "mtrag_human":
            results[name]["rank_correlation"] = _print_correlation(rows, judge)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT_FOLDER)
    parser.add_argument("--subset", action="append")
    parser.add_argument("--show-misses", type=int, default=0)
    parser.add_argument("--strip-annotations", action="store_true", help="remove <<...>> first")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _rows(path: Path, rules: RuleSet, rubric: Rubric, judge: EvidenceJudge) -> Iterator[Row]:
    strip = "--strip-annotations" in sys.argv
    with gzip.open(path, "rb") as stream:
        for number, line in enumerate(stream, 1):
            body = json.loads(line)
            if "labels" not in body:
                return
            if strip:
                _strip_annotations(body)
            labels = body["labels"]
            if not (path.name.startswith(("ifeval", "ifbench"))):
                del body["labels"]  # the pipeline must not see the answers
            data = json.dumps(body, ensure_ascii=False).encode()
            screened = screen(RawLine(number, data), rules)
            outcome, reasons = _outcome(screened, rubric, judge)
            yield Row(
                body["id"],
                labels.get("expected"),
                tuple(labels.get("defects") or ()),
                labels.get("pair_id"),
                outcome,
                _text(screened),
                reasons,
                labels,
                screened.sample,
                json.dumps(body["messages"], ensure_ascii=False),
            )


def _strip_annotations(body: dict[str, Any]) -> None:
    for message in body["messages"]:
        content = message.get("content") or ""
        while "<<" in content and ">>" in content.split("<<", 1)[1]:
            head, rest = content.split("<<", 1)
            content = head + rest.split(">>", 1)[1]
        message["content"] = content


def _outcome(
    screened: Screened, rubric: Rubric, judge: EvidenceJudge
) -> tuple[str, tuple[str, ...]]:
    drops, caps = screened.rules_with("drop"), screened.rules_with("flag")
    if drops or screened.sample is None:
        return "rejected", tuple(drops)
    if screened.rules_with("error"):
        return "error", tuple(screened.rules_with("error"))
    (judged,) = judge.judge_samples([screened.sample])
    assert isinstance(judged, tuple)
    policy = Policy(accept_without_score=True)
    verdict = decide_sample(judged, rubric, policy, drops=(), caps=caps).verdict
    names = {Decision.ACCEPT: "accepted", Decision.BORDERLINE: "borderline"}
    return names.get(verdict.decision, "rejected"), verdict.reasons


def _text(screened: Screened) -> str:
    if screened.payload is None:
        return ""
    messages = screened.payload.get("messages")
    return json.dumps(messages, ensure_ascii=False, sort_keys=True, default=str)


def _tally(rows: Sequence[Row]) -> Tally:
    tally = Tally()
    twins: dict[str | None, Row] = {row.pair: row for row in rows if row.pair and not row.defects}
    for row in rows:
        if not row.defects:
            if row.expected in (None, "accept"):
                tally.clean[row.outcome] += 1
                if row.outcome != "accepted":
                    tally.clean_reasons.update(row.reasons)
            continue
        kind = row.defects[0]
        tally.seen[kind] += 1
        if _is_caught(row, kind, twins.get(row.pair)):
            tally.caught[kind] += 1
        else:
            tally.misses.append(row)
    return tally


def _is_caught(row: Row, kind: str, twin: Row | None) -> bool:
    if row.expected == "fix" and kind in FIX_KINDS:
        if row.outcome == "rejected":
            return True
        if kind in PII:
            return _is_masked(row)
        return twin is not None and row.text == twin.text
    return row.outcome != "accepted"


def _is_masked(row: Row) -> bool:
    """Whether no e-mail address and no digit run of the planted sentence is left."""
    left = row.text.rsplit("For details write to", 1)[-1]
    return "@" not in left and not any(c.isdigit() for c in left)


def _print_tally(name: str, rows: Sequence[Row], tally: Tally, show_misses: int) -> dict[str, Any]:
    print(f"\n== {name}: {len(rows)} rows")
    for kind, seen in sorted(tally.seen.items()):
        caught = tally.caught[kind]
        note = "  (needs a model: not the rules' to find)" if kind in NEEDS_A_JUDGE else ""
        print(f"   {kind:<26} caught {caught:>5} of {seen:>5}  {caught / seen:6.1%}{note}")
    clean = sum(tally.clean.values())
    if clean:
        rejected, held = tally.clean["rejected"], tally.clean["borderline"]
        print(
            f"   clean rows {clean}: rejected {rejected} ({rejected / clean:.2%}), "
            f"borderline {held} ({held / clean:.2%})"
        )
        top = ", ".join(f"{rule} {n}" for rule, n in tally.clean_reasons.most_common(6))
        if top:
            print(f"   reasons on clean rows: {top}")
    for row in tally.misses[:show_misses]:
        print(f"   missed {row.defects} {row.id} {row.outcome}: {row.text[-300:]}")
    return {
        "rows": len(rows),
        "caught": dict(tally.caught),
        "seen": dict(tally.seen),
        "clean": dict(tally.clean),
    }


def _print_ranking(rows: Sequence[Row], judge: EvidenceJudge, rubric: Rubric) -> dict[str, float]:
    """With the rules off: does the clean twin outrank its mutant?"""
    pairs: defaultdict[str, dict[bool, Row]] = defaultdict(dict)
    for row in rows:
        if row.pair:
            pairs[row.pair][bool(row.defects)] = row
    won: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for pair in pairs.values():
        if len(pair) != 2:
            continue
        kind = pair[True].defects[0]
        seen[kind] += 1
        won[kind] += _outranks(*(_rank(pair[side], judge, rubric) for side in (False, True)))
    if seen:
        total, wins = sum(seen.values()), sum(won.values())
        print(
            f"   evidence judge alone: clean twin outranks {wins} of {total} ({wins / total:.1%})"
        )
        for kind, number in sorted(seen.items()):
            print(f"      {kind:<24} {won[kind]:>4} of {number:>4}  {won[kind] / number:6.1%}")
    return {kind: won[kind] / number for kind, number in seen.items()}


def _rank(row: Row, judge: EvidenceJudge, rubric: Rubric) -> RankKey | None:
    """The judge's order on the sample as read; None when its structure cannot be judged."""
    sample = _sample_as_read(row)
    if sample is None:
        return None
    (judged,) = judge.judge_samples([sample])
    assert isinstance(judged, tuple)
    return rank_key(judged, rubric)


def _outranks(clean: RankKey | None, mutant: RankKey | None) -> bool:
    return clean is not None and (mutant is None or clean > mutant)


def _sample_as_read(row: Row) -> Sample | None:
    body = {"messages": json.loads(row.as_read)}
    if row.sample is not None and row.sample.documents:
        body["documents"] = [
            {"doc_id": d.doc_id, "title": d.title, "text": d.text} for d in row.sample.documents
        ]
    if row.sample is not None and row.sample.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": t.name,
                    "description": t.description,
                    "parameters": t.parameters,
                },
            }
            for t in row.sample.tools
        ]
    adapted = adapt(json.dumps(body, ensure_ascii=False, default=dict).encode())
    if not isinstance(adapted, Adapted):
        return None
    try:
        return to_sample(adapted.payload, type=adapted.type)
    except InputError:
        return None


def _print_correlation(rows: Sequence[Row], judge: EvidenceJudge) -> dict[str, float]:
    """Spearman rank correlation of each dimension with each human score."""
    pairs: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        if row.sample is None:
            continue
        (judged,) = judge.judge_samples([row.sample])
        assert isinstance(judged, tuple)
        human = row.labels["human_median"]
        for dimension, score in judged[-1].scores.items():
            if score.score is None:
                continue
            for name, value in human.items():
                pairs[dimension, name].append((score.score, value))
    found = {}
    print("   rank correlation with human scores (Spearman):")
    for (dimension, name), values in sorted(pairs.items()):
        rho = _spearman(np.array(values, float))
        found[f"{dimension}~{name}"] = rho
        print(f"      {dimension:<22} {name:<16} {rho:+.2f}  ({len(values)} rows)")
    return found


def _spearman(values: "np.ndarray[Any, Any]") -> float:
    if len(values) < 3:
        return float("nan")
    left, right = (_ranks(values[:, i]) for i in (0, 1))
    if left.std() == 0 or right.std() == 0:
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])


def _ranks(values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Ranks with ties averaged."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean = last - (counts - 1) / 2
    ranks: np.ndarray[Any, Any] = mean[inverse]
    return ranks


if __name__ == "__main__":
    main()
