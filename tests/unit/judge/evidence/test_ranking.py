import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.datasets.adapters import Adapted, adapt
from assay.datasets.canonical import to_sample
from assay.domain.errors import InputError
from assay.domain.judgement import Defect, DefectStatus, DimensionScore, Judgement
from assay.domain.sample import Sample
from assay.rubrics import load_rubric
from assay_judge.evidence.judge import EvidenceJudge
from assay_judge.evidence.ranking import RankKey, rank_key

RUBRIC = load_rubric("default")


def judgement(scores: dict[str, int | None], *kinds: str) -> Judgement:
    defects = tuple(
        Defect(
            kind=kind,
            status=DefectStatus.VERIFIED,
            quote="",
            message=1,
            detector="test",
            reason="test",
        )
        for kind in kinds
    )
    values = {name: DimensionScore(score=value) for name, value in scores.items()}
    return Judgement(judge="j", version="1", turn=1, scores=values, defects=defects)


def test_a_hard_defect_outweighs_soft_ones_and_scores() -> None:
    hard = rank_key([judgement({"correctness": 5000}, "incorrect_computation")], RUBRIC)
    soft = rank_key([judgement({"correctness": 1000}, "structure", "structure")], RUBRIC)
    assert hard < soft


def test_a_defect_outweighs_scores() -> None:
    assert rank_key([judgement({"correctness": 5000}, "structure")], RUBRIC) < rank_key(
        [judgement({"correctness": 1000})], RUBRIC
    )


def test_heavier_dimensions_count_more() -> None:
    correctness = rank_key([judgement({"correctness": 3000})], RUBRIC)
    conciseness = rank_key([judgement({"conciseness": 3000})], RUBRIC)
    assert correctness < conciseness


def test_a_dimension_that_is_not_applicable_lacks_nothing() -> None:
    assert rank_key([judgement({"correctness": None})], RUBRIC) == RankKey(0, 0, 0)
    assert rank_key([judgement({"correctness": 5000})], RUBRIC) == RankKey(0, 0, 0)
    assert rank_key([], RUBRIC) == RankKey(0, 0, 0)


def test_every_turn_counts() -> None:
    one, two = judgement({"completeness": 3000}), judgement({"completeness": 4000})
    assert rank_key([one, two], RUBRIC) < rank_key([one], RUBRIC)


def _rows(folder: Path, subset: str) -> Iterator[dict[str, Any]]:
    for path in sorted((folder / "dev").glob(f"{subset}.*.jsonl.gz")):
        with gzip.open(path, "rb") as stream:
            yield from map(json.loads, stream)


def _sample(row: dict[str, Any]) -> Sample | None:
    body = {key: value for key, value in row.items() if key != "labels"}
    adapted = adapt(json.dumps(body).encode())
    if not isinstance(adapted, Adapted):
        return None
    try:
        return to_sample(adapted.payload, type=adapted.type)
    except InputError:
        return None


def _key(row: dict[str, Any]) -> RankKey:
    one = _sample(row)
    if one is None:
        return RankKey(-99, 0, 0)
    (judged,) = EvidenceJudge().judge_samples([one])
    assert isinstance(judged, tuple)
    return rank_key(judged, RUBRIC)


@pytest.mark.shared_data
@pytest.mark.parametrize("subset", ["rule_defects", "defects_multi_turn", "wrong_language"])
def test_clean_twins_outrank_their_mutants(shared_data: Path, subset: str) -> None:
    pairs: defaultdict[str, dict[bool, dict[str, Any]]] = defaultdict(dict)
    for row in _rows(shared_data, subset):
        pairs[row["labels"]["pair_id"]][bool(row["labels"]["defects"])] = row
    won: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for pair in list(pairs.values())[::3]:
        kind = pair[True]["labels"]["defects"][0]
        seen[kind] += 1
        won[kind] += _key(pair[False]) > _key(pair[True])
    shares = {kind: won[kind] / number for kind, number in seen.items()}
    assert all(share >= 0.85 for share in shares.values()), shares
    assert sum(won.values()) >= 0.9 * sum(seen.values())
