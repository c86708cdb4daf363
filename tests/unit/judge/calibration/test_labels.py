"""Reading labels: every shape of field, defaults, and honest counts of what could not be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from assay.configs import parse_config
from assay.datasets.sources import expand_inputs
from assay.domain.errors import ConfigError, InputError
from assay.rubrics import load_rubric
from assay_judge.calibration.fields import find_value
from assay_judge.calibration.labelled_samples import (
    LabelledRows,
    LabelledSample,
    label_samples,
    pick_clusters,
    read_rows,
)
from assay_judge.calibration.mapping import LabelMapping, describe_keys, guess_mapping
from assay_judge.calibration.run import hashed_share

RUBRIC = load_rubric("default")


def chat(*texts: str, **more: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
    return {"messages": messages, **more}


def read(folder: Path, rows: list[Any]) -> LabelledRows:
    path = folder / "labels.jsonl"
    path.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in rows))
    return read_rows(expand_inputs([str(path)]).sources)


def label(folder: Path, rows: list[Any], mapping: dict[str, Any]) -> list[LabelledSample]:
    return label_samples(read(folder, rows), parse_config(LabelMapping, mapping, "mapping"))


@pytest.mark.parametrize(
    ("row", "path", "expected"),
    [
        ({"a": {"b": {"c": 3}}}, "a.b.c", 3),
        ({"a": [10, 20]}, "a.1", 20),
        ({"a": [10]}, "a.7", None),
        ({"a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": '{"b": [1, 2]}'}, "a.b", [1, 2]),  # as Parquet holds it
        ({"a": None}, "a", None),
        ({"a": 1}, "a.b", None),
    ],
)
def test_paths_find_values(row: Any, path: str, expected: Any) -> None:
    assert find_value(row, path) == expected


@pytest.mark.parametrize(
    ("value", "spec", "scores"),
    [
        (3, {}, (3.0,)),
        ([1, None, 4], {}, (1.0, None, 4.0)),
        ({"ann": 2, "bob": 4}, {}, (2.0, 4.0)),
        ({"ann": 2, "bob": 4}, {"annotators": ["bob", "eve"]}, (4.0, None)),
    ],
)
def test_scores_of_one_or_several_annotators(
    value: Any, spec: dict[str, Any], scores: Any, tmp_path: Path
) -> None:
    mapping = {"dimensions": {"naturalness": {"field": "m.n", "scale": [1, 4], **spec}}}
    (found,) = label(tmp_path, [chat("q", "a", m={"n": value})], mapping)
    assert found.labels.scores == {"naturalness": scores}


def test_several_fields_are_one_annotator_each(tmp_path: Path) -> None:
    mapping = {"dimensions": {"naturalness": {"field": ["one", "two"]}}}
    (found,) = label(tmp_path, [chat("q", "a", one=2, two=5)], mapping)
    assert found.labels.scores == {"naturalness": (2.0, 5.0)}


def test_defects_verdicts_and_pairs(tmp_path: Path) -> None:
    mapping = {
        "defects": {
            "hallucination": {"field": "d", "contains": "hallucination"},
            "false_premise": {"field": "fp", "equals": True},
        },
        "expected": {"field": "v", "accept": ["good", 1], "reject": ["bad", 0]},
        "pairs": {"id": "p", "better": {"field": "won", "equals": True}},
        "generator": "model",
    }
    rows = [
        chat("q", "a", d=["hallucination"], fp=True, v="good", p=7, won=True, model="x-1"),
        chat("q", "b", d=[], fp=1, v=0, p=7, won=False),
        chat("q", "c", d={"hallucination": True}, v="unsure", p=8, won=False),
    ]
    first, second, third = (one.labels for one in label(tmp_path, rows, mapping))
    assert first.defects == {"hallucination": True, "false_premise": True}
    assert (first.is_good, first.pair, first.is_better, first.generator) == (True, "7", True, "x-1")
    assert second.defects == {"hallucination": False, "false_premise": False}  # 1 is not true
    assert (second.is_good, second.is_better) == (False, False)
    assert third.defects == {"hallucination": True} and third.is_good is None


def test_label_belongs_to_the_last_turn_unless_the_mapping_says_otherwise(tmp_path: Path) -> None:
    row = chat("q1", "a1", "q2", "a2", expected="accept", at=1)
    for turn, expected in (("last", 3), ("worst", None), ({"field": "at"}, 1)):
        mapping = {"expected": {"field": "expected"}, "turn": turn}
        (found,) = label(tmp_path, [row], mapping)
        assert found.turn == expected


def test_rows_with_the_same_prompt_are_one_cluster(tmp_path: Path) -> None:
    mapping = {"expected": {"field": "e"}}
    rows = [chat("q", "a", e="accept"), chat("q", "b", e="reject"), chat("r", "a", e="accept")]
    first, second, third = label(tmp_path, rows, mapping)
    assert first.cluster == second.cluster != third.cluster
    named = label(tmp_path, [{**r, "doc": "same"} for r in rows], {**mapping, "cluster": "doc"})
    assert len({one.cluster for one in named}) == 1


def test_what_cannot_be_used_is_counted_and_never_moved_into_the_scale(tmp_path: Path) -> None:
    mapping = {"dimensions": {"naturalness": {"field": "n", "scale": [1, 4]}}}
    rows = [
        chat("q", "a", n=4),
        chat("q", "a", n=5),
        chat("q", "a", n="4"),
        chat("q", "a", n=True),
        chat("q", "a"),
        "not json",
        "[1]",
        {"n": 3},
        chat("q", n=3),
    ]
    rows_read = read(tmp_path, rows)
    found = label_samples(rows_read, parse_config(LabelMapping, mapping, "m"))
    notes = rows_read.notes
    assert [one.labels.scores["naturalness"] for one in found] == [(4.0,)]
    assert notes.num_rows == 9
    assert notes.num_bad_lines == 4  # no JSON, no object, no conversation, no answer
    assert notes.num_unlabelled == 4
    assert dict(notes.bad_labels) == {
        "naturalness: outside of its scale": 1,
        "naturalness: not a number": 2,
    }
    assert any("labels.jsonl:2: naturalness: expected 1 to 4, found 5" in e for e in notes.examples)


def test_a_wrong_field_is_said_with_the_keys_that_are_there(tmp_path: Path) -> None:
    mapping = {"expected": {"field": "labels.verdict"}}
    with pytest.raises(InputError, match=r"found none among 1 rows.*'labels.expected'"):
        label(tmp_path, [chat("q", "a", labels={"expected": "accept"})], mapping)


def test_where_leaves_rows_out(tmp_path: Path) -> None:
    mapping = {
        "expected": {"field": "e"},
        "where": [{"field": "source", "equals": "human"}],
    }
    rows = [chat("q", "a", e="accept", source=s) for s in ("human", "model", "human")]
    rows_read = read(tmp_path, rows)
    assert len(label_samples(rows_read, parse_config(LabelMapping, mapping, "m"))) == 2
    assert rows_read.notes.num_left_out == 1


@pytest.mark.parametrize("under_labels", [False, True])
def test_plain_keys_need_no_mapping(under_labels: bool) -> None:
    labels = [
        {"scores": {"correctness": 4}, "defects": {"hallucination": False}, "expected": "accept"},
        {"scores": {"correctness": 1}, "defects": {"hallucination": True}, "expected": "reject"},
    ]
    rows = [chat("q", "a", **({"labels": one} if under_labels else one)) for one in labels]
    mapping = guess_mapping(rows, RUBRIC)
    assert mapping is not None
    prefix = "labels." if under_labels else ""
    assert mapping.dimensions["correctness"].field == f"{prefix}scores.correctness"
    assert list(mapping.defects) == ["hallucination"]  # no row ever speaks of the others
    assert mapping.defects["hallucination"].holds(rows[1]) is True
    assert mapping.defects["hallucination"].holds(rows[0]) is False
    assert mapping.expected is not None


def test_rows_without_plain_keys_have_no_guess() -> None:
    rows = [chat("q", "a", quality=3, meta={"rater": 1})]
    assert guess_mapping(rows, RUBRIC) is None
    assert describe_keys(rows) == "'quality', 'meta.rater'"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "name at least one"),
        ({"dimensions": {"naturalness": {"field": "n", "scale": [4, 1]}}}, "scale must be"),
        ({"expected": {"field": "e"}, "pears": 1}, "pears"),
        ({"defects": {"hallucination": {"field": "d"}}}, "either `equals` or `contains`"),
        ({"expected": {"field": "e"}, "turn": "first"}, "turn"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(body: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(LabelMapping, body, "mapping")


def test_names_that_the_rubric_lacks_are_listed() -> None:
    mapping = LabelMapping.model_validate(
        {
            "dimensions": {"politeness": {"field": "p"}},
            "defects": {"hallucination": {"field": "d", "equals": True, "ranked_by": "truth"}},
        }
    )
    assert mapping.unknown_names(RUBRIC) == ["dimension 'politeness'", "dimension 'truth'"]


@pytest.mark.parametrize(
    ("scale", "levels", "expected"),
    [((1, 4), None, 4), ((0, 10), None, 11), ((0, 100), None, 5), ((0, 1.5), None, 5),
     ((0, 100), 10, 10)],
)  # fmt: skip
def test_levels_of_a_scale(scale: Any, levels: int | None, expected: int) -> None:
    mapping = LabelMapping.model_validate(
        {"dimensions": {"naturalness": {"field": "n", "scale": scale, "levels": levels}}}
    )
    assert mapping.dimensions["naturalness"].num_levels == expected


def test_limit_takes_whole_clusters_whatever_the_order_of_rows(tmp_path: Path) -> None:
    rows = [chat(f"q{i % 20}", f"a{i}", e="accept") for i in range(60)]
    samples = label(tmp_path, rows, {"expected": {"field": "e"}})
    picked = pick_clusters(samples, 30, lambda c: hashed_share(c, 0))
    again = pick_clusters(samples[::-1], 30, lambda c: hashed_share(c, 0))
    assert 27 <= len(picked) <= 30
    assert len({one.cluster for one in picked}) * 3 == len(picked)
    assert {one.row for one in picked} == {one.row for one in again}
    other = pick_clusters(samples, 30, lambda c: hashed_share(c, 1))
    assert {one.row for one in other} != {one.row for one in picked}


def test_a_megabyte_of_hostile_labels_is_read_quickly(tmp_path: Path) -> None:
    row = chat("q", "a", e=["{" * 500_000, "x" * 500_000])
    with pytest.raises(InputError, match="without a label"):
        label(tmp_path, [row], {"expected": {"field": "e.0.b.c"}})
