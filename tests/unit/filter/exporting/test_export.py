"""Data sets from stored runs, on both databases."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from sqlalchemy import Engine, insert
from tests.unit.filter.exporting.conftest import (
    MakeRun,
    Row,
    answers_of,
    digest_of,
    lines_of,
)

from assay.audit import tables
from assay.audit.file_changes import file_states, record_file_change
from assay.audit.redaction_tables import redaction
from assay.domain.errors import AuditError, InputError
from assay_filter.exporting import gathering
from assay_filter.exporting.checking import check_export
from assay_filter.exporting.export import ExportRequest, export_runs
from assay_filter.exporting.gathering import prompt_digest
from assay_filter.exporting.mix import Mix

ROWS = [
    Row("p1", "a1", source="x", metadata={"license": "mit"}),
    Row("p2", "a2", "rejected", source="x"),
    Row("p3", "a3", source="y", language="de", type="math"),
    Row("p4", "a4", "borderline", source="y"),
    Row("p5", "a5", source=None, language=None, metadata={"meta": {"tier": "permissive"}}),
    Row("p1!", "a6", "duplicate", duplicate_of=(0, "near")),
    Row("p7", "a7", "error"),
]


def review(engine: Engine, run_id: str, ordinal: int, *decisions: str) -> None:
    with engine.begin() as connection:
        for seq, decision in enumerate(decisions):
            connection.execute(
                insert(tables.review).values(
                    run_id=run_id, ordinal=ordinal, seq=seq, reviewer="r", decision=decision,
                    created_at="2026-01-02T00:00:00Z",
                )
            )  # fmt: skip


def many(num: int, prefix: str = "", **labels: Any) -> list[Row]:
    return [Row(f"{prefix}prompt {n}", f"{prefix}answer {n}", **labels) for n in range(num)]


def test_accepted_rows_are_copied_byte_by_byte(
    engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(engine, "r", ROWS)
    out = tmp_path / "out"
    manifest = export_runs(engine, ExportRequest(["r"], out))
    assert (out / "train.jsonl").read_bytes() == (folder / "accepted.jsonl").read_bytes()
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md", "lineage.json", "manifest.json", "train.jsonl",
    ]  # fmt: skip
    assert orjson.dumps(manifest) == orjson.dumps(
        orjson.loads((out / "manifest.json").read_bytes())
    )
    assert manifest["files"]["train.jsonl"]["sha256"] == digest_of(out / "train.jsonl")
    assert manifest["figures"]["sources"] == {"(none)": 1, "x": 1, "y": 1}
    assert manifest["figures"]["outcomes"] == {"accepted": 3}
    assert check_export(out, engine)["runs"][0]["id"] == "r"


def test_several_runs_give_each_content_once(
    engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(engine, "r", ROWS)
    make_run(engine, "s", [ROWS[2], Row("q1", "b1"), replace(ROWS[0], source="elsewhere")])
    manifest = export_runs(engine, ExportRequest(["r", "s"], tmp_path / "out"))
    assert answers_of(tmp_path / "out" / "train.jsonl") == ["a1", "a3", "a5", "b1"]
    assert manifest["left_out"]["same_content"] == 2
    assert [run["id"] for run in manifest["runs"]] == ["r", "s"]


def test_borderline_needs_a_review(engine: Engine, make_run: MakeRun, tmp_path: Path) -> None:
    make_run(engine, "r", ROWS)
    request = ExportRequest(["r"], tmp_path / "out", outcomes=("accepted", "borderline"))
    with pytest.raises(InputError, match="found 1 that nobody looked at"):
        export_runs(engine, request)
    assert not (tmp_path / "out").exists()
    taken = export_runs(engine, replace(request, unreviewed=True, out=tmp_path / "all"))
    assert taken["unreviewed_borderline"] == 1
    assert "though nobody reviewed them" in (tmp_path / "all" / "README.md").read_text()
    review(engine, "r", 3, "reject", "accept")  # the last word counts
    review(engine, "r", 0, "accept", "reject")
    manifest = export_runs(engine, request)
    assert answers_of(tmp_path / "out" / "train.jsonl") == ["a3", "a5", "a4"]
    assert manifest["left_out"]["rejected_by_review"] == 1
    assert manifest["unreviewed_borderline"] == 0


@pytest.mark.parametrize("outcome", ["error", "rejected", "duplicate", "draft", "../accepted"])
def test_what_is_no_training_data_is_refused(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path, outcome: str
) -> None:
    make_run(light_engine, "r", ROWS)
    with pytest.raises(InputError, match="no training data"):
        export_runs(light_engine, ExportRequest(["r"], tmp_path / "out", outcomes=(outcome,)))


def test_unknown_unfinished_and_repeated_runs_are_refused(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", ROWS)
    make_run(light_engine, "open", ROWS, state="interrupted")
    for run_ids, told in (
        (["nobody"], "'nobody'"),
        (["open"], "drafts"),
        (["r", "r"], "once"),
        ([], "different runs"),
    ):
        with pytest.raises(InputError, match=told):
            export_runs(light_engine, ExportRequest(run_ids, tmp_path / "out"))


def test_file_that_was_changed_is_refused(
    engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(engine, "r", ROWS)
    path = folder / "accepted.jsonl"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for changed, told in (
        (whole.replace(b"a3", b"aX"), "SHA-256"),
        (lines[1] + lines[0] + lines[2], "another sample in row 1"),
        (b"".join(lines[:2]), "rows"),
        (whole + lines[0], "another number of rows"),
    ):
        path.write_bytes(changed)
        with pytest.raises(AuditError, match=told):
            export_runs(engine, ExportRequest(["r"], tmp_path / "out"))
    path.unlink()
    with pytest.raises(InputError, match="bring them back"):
        export_runs(engine, ExportRequest(["r"], tmp_path / "out"))
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def take_out(engine: Engine, run_id: str, ordinal: int, path: Path) -> None:
    """Leave what a removal of one sample leaves: a tombstone, and a file without its line."""
    gone = {"run_id": run_id, "table_name": "sample", "ordinal": ordinal, "row_key": ""}
    marks = {"seq": 0, "leaf": "", "prev": "", "hash": "", "actor": "key", "reason": "asked"}
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[1:]))
    with engine.begin() as connection:
        created = {"created_at": "2026-01-03T00:00:00Z"}
        connection.execute(insert(redaction).values(**gone, **marks, **created))
        after = (len(lines) - 1, path.stat().st_size, digest_of(path))
        before = file_states(connection, run_id)[path.name]
        record_file_change(connection, run_id, before, after=after, reason="asked", actor="key")


def test_sample_that_was_taken_out_is_not_missed(
    engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(engine, "r", ROWS)
    former = (folder / "accepted.jsonl").read_bytes()
    take_out(engine, "r", 0, folder / "accepted.jsonl")
    manifest = export_runs(engine, ExportRequest(["r"], tmp_path / "out"))
    assert answers_of(tmp_path / "out" / "train.jsonl") == ["a3", "a5"]
    assert manifest["inputs"][0]["sha256"] == digest_of(folder / "accepted.jsonl")
    (folder / "accepted.jsonl").write_bytes(former)  # the sample brought back is refused
    with pytest.raises(AuditError):
        export_runs(engine, ExportRequest(["r"], tmp_path / "again"))


def test_file_that_was_removed_on_purpose_is_told(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", ROWS)
    with light_engine.begin() as connection:
        before = file_states(connection, "r")["accepted.jsonl"]
        record_file_change(connection, "r", before, after=(0, 0, None), reason="asked", actor="key")
    with pytest.raises(InputError, match="removed on purpose"):
        export_runs(light_engine, ExportRequest(["r"], tmp_path / "out"))


def test_parquet_in_and_out_hold_the_same_rows(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", ROWS)
    make_run(light_engine, "p", ROWS, suffix="parquet")
    export_runs(light_engine, ExportRequest(["r"], tmp_path / "a", format="parquet"))
    export_runs(light_engine, ExportRequest(["p"], tmp_path / "b", format="parquet"))
    export_runs(light_engine, ExportRequest(["p"], tmp_path / "c"))
    export_runs(light_engine, ExportRequest(["r"], tmp_path / "d"))
    assert digest_of(tmp_path / "a" / "train.parquet") == digest_of(
        tmp_path / "b" / "train.parquet"
    )
    assert lines_of(tmp_path / "c" / "train.jsonl") == lines_of(tmp_path / "d" / "train.jsonl")


MIX = Mix.model_validate(
    {
        "id": "m",
        "version": 1,
        "total_rows": 60,
        "groups": [
            {"name": "few", "source": ["few"], "weight": 1, "max_repeats": 3},
            {"name": "short", "source": ["short"], "weight": 1},
            {"name": "math", "type": ["math"], "rows": 10},
            {"name": "plenty", "source": ["plenty"], "weight": 2},
        ],
        "licenses": {"plenty": "apache-2.0"},
    }
)
SOURCES = [
    *many(8, "f", source="few"),
    *many(4, "s", source="short"),
    *many(30, "m", source="plenty", type="math"),
    *many(50, "p", source="plenty"),
    *many(5, "o", source="other"),
]


def test_mix_gives_what_it_says_and_reports_who_is_short(
    engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(engine, "r", SOURCES)
    manifest = export_runs(engine, ExportRequest(["r"], tmp_path / "out", mix=MIX))
    quotas = {q["group"]: (q["asked"], q["available"], q["given"]) for q in manifest["quotas"]}
    assert quotas == {
        "few": (13, 8, 13),
        "short": (12, 4, 4),
        "math": (10, 30, 10),
        "plenty": (25, 50, 25),
    }
    assert manifest["left_out"]["in_no_group"] == 5
    answers = Counter(answers_of(tmp_path / "out" / "train.jsonl"))
    assert answers.total() == 52
    few = [n for answer, n in answers.items() if answer.startswith("f")]
    assert sorted(few) == [1, 1, 1, 2, 2, 2, 2, 2]
    assert max(n for answer, n in answers.items() if not answer.startswith("f")) == 1
    assert ["plenty", "apache-2.0", 35] in [list(e) for e in manifest["figures"]["licenses"]]
    first = answers_of(tmp_path / "out" / "train.jsonl")[: len(answers)]
    assert len(set(first)) == len(answers)  # repeats come round after round


def test_sample_of_a_mix_does_not_depend_on_the_order_of_rows(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", SOURCES)
    make_run(light_engine, "turned", SOURCES[::-1])
    found = {}
    for run_id in ("r", "turned"):
        request = ExportRequest([run_id], tmp_path / f"of-{run_id}", mix=MIX, seed=7)
        export_runs(light_engine, replace(request, splits={"validation": 0.3}))
        found[run_id] = [
            sorted(answers_of(tmp_path / f"of-{run_id}" / f"{split}.jsonl"))
            for split in ("train", "validation")
        ]
    assert found["r"] == found["turned"]
    export_runs(light_engine, ExportRequest(["r"], tmp_path / "seed8", mix=MIX, seed=8))
    assert sorted(answers_of(tmp_path / "seed8" / "train.jsonl")) != sorted(
        found["r"][0] + found["r"][1]
    )


def test_same_request_gives_the_same_bytes_but_for_the_time(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", SOURCES)
    request = ExportRequest(
        ["r"], tmp_path / "out", mix=MIX, splits={"validation": 0.2}, overwrite=True
    )
    seen = []
    for _ in range(2):
        export_runs(light_engine, request)
        files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        event = orjson.loads(files.pop("lineage.json"))
        assert datetime.fromisoformat(event.pop("eventTime")).tzinfo == UTC
        seen.append((files, event))
    assert seen[0] == seen[1]


def test_max_rows_shrinks_every_group_alike(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", SOURCES)
    plain = export_runs(light_engine, ExportRequest(["r"], tmp_path / "a", max_rows=10))
    assert plain["figures"]["num_rows"] == 10
    mixed = export_runs(light_engine, ExportRequest(["r"], tmp_path / "b", mix=MIX, max_rows=26))
    given = {q["group"]: q["given"] for q in mixed["quotas"]}
    assert sum(given.values()) == 26
    assert given["plenty"] in (12, 13)


def families(num: int) -> list[Row]:
    """Families of three: two that share a prompt, and a near copy that links the third."""
    rows: list[Row] = []
    for n in range(num):
        at = len(rows)
        rows += [
            Row(f"Question  {n}", f"first {n}"),
            Row(f"question {n} ", f"second {n}"),  # the same prompt but for case and white space
            Row(f"other question {n}", f"third {n}"),
            Row(f"bridge {n}", f"dropped {n}", "duplicate", duplicate_of=(at, "near")),
        ]
    return rows


def family_of(answer: str) -> str:
    return answer.split()[-1]


def test_clusters_never_straddle_a_split(engine: Engine, make_run: MakeRun, tmp_path: Path) -> None:
    rows = families(150)
    make_run(engine, "r", rows)
    # In a second run the dropped near copy is kept, and the third of its family is its near copy:
    # the third hangs on the first by way of both runs.
    second = []
    for n in range(150):
        second.append(replace(rows[4 * n + 3], outcome="accepted", duplicate_of=None))
        second.append(
            Row(f"other question {n}", f"third {n}", "duplicate",
                duplicate_of=(len(second) - 1, "prompt_cap"))
        )  # fmt: skip
    make_run(engine, "s", second)
    out = tmp_path / "out"
    manifest = export_runs(
        engine, ExportRequest(["r", "s"], out, splits={"validation": 0.2, "test": 0.1}, seed=3)
    )
    families_of = {
        split: {family_of(answer) for answer in answers_of(out / f"{split}.jsonl")}
        for split in ("train", "validation", "test")
    }
    sizes = {split: len(answers_of(out / f"{split}.jsonl")) for split in families_of}
    assert sum(sizes.values()) == 600
    assert sum(map(len, families_of.values())) == 150
    assert all(4 * len(families_of[split]) == sizes[split] for split in sizes)
    assert 10 < len(families_of["validation"]) < 60
    told = {entry["split"]: (entry["rows"], entry["clusters"]) for entry in manifest["splits"]}
    assert told == {split: (sizes[split], len(families_of[split])) for split in sizes}


def test_rows_of_one_exact_key_stay_together(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", [Row(f"a{n}", f"x {n}", exact_key=f"{n}") for n in range(60)])
    make_run(light_engine, "s", [Row(f"b{n}", f"y {n}", exact_key=f"{n}") for n in range(60)])
    out = tmp_path / "out"
    export_runs(light_engine, ExportRequest(["r", "s"], out, splits={"validation": 0.5}))
    sides = [
        {family_of(a) for a in answers_of(out / f"{s}.jsonl")} for s in ("train", "validation")
    ]
    assert all(sides)
    assert not sides[0] & sides[1]


def test_copies_of_what_an_earlier_run_kept_stay_with_it(
    engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    """Kept in r; its copy in s was dropped for it, and t kept that very copy."""
    kept = [Row(f"k{n}", f"kept {n}") for n in range(60)]
    copies = [Row(f"c{n}", f"copy {n}") for n in range(60)]
    make_run(engine, "r", kept)
    make_run(engine, "s", [replace(copy, outcome="duplicate") for copy in copies])
    make_run(engine, "t", copies)
    with engine.begin() as connection:
        for ordinal, row in enumerate(kept):
            connection.execute(
                insert(tables.earlier_duplicate).values(
                    run_id="s", ordinal=ordinal, kept_run="r", kept_ordinal=ordinal,
                    kept_sample_id=row.sample.sample_id, method="near",
                )
            )  # fmt: skip
    out = tmp_path / "out"
    export_runs(engine, ExportRequest(["r", "s", "t"], out, splits={"validation": 0.5}))
    train, validation = (
        {family_of(answer) for answer in answers_of(out / f"{split}.jsonl")}
        for split in ("train", "validation")
    )
    assert len(train) + len(validation) == 60
    assert min(len(train), len(validation)) > 10


def test_sample_keeps_its_split_when_data_is_added(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", many(100))
    make_run(light_engine, "s", many(100, "new "))
    splits = {"validation": 0.3}
    export_runs(light_engine, ExportRequest(["r"], tmp_path / "a", splits=splits))
    export_runs(light_engine, ExportRequest(["s", "r"], tmp_path / "b", splits=splits))
    first, second = (set(answers_of(tmp_path / name / "validation.jsonl")) for name in ("a", "b"))
    assert first == {answer for answer in second if not answer.startswith("new ")}


def test_validation_rows_are_written_once(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", many(40))
    groups = [{"name": "all", "rows": 120, "max_repeats": 3}]
    mix = Mix.model_validate({"id": "m", "version": 1, "groups": groups})
    out = tmp_path / "out"
    request = ExportRequest(["r"], out, mix=mix, splits={"validation": 0.3})
    (quota,) = export_runs(light_engine, request)["quotas"]
    train, validation = (answers_of(out / f"{split}.jsonl") for split in ("train", "validation"))
    assert set(Counter(train).values()) == {3}
    assert set(Counter(validation).values()) == {1}
    assert quota["given"] == len(train) + len(validation)


def test_card_has_front_matter_counts_rules_and_licences(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", ROWS)
    licenses = {"y": "cc-by-4.0"}
    mix = Mix.model_validate(
        {"id": "m", "version": 1, "groups": [{"name": "all", "weight": 1}], "licenses": licenses}
    )
    export_runs(light_engine, ExportRequest(["r"], tmp_path / "set", mix=mix))
    card = (tmp_path / "set" / "README.md").read_text()
    _, front, text = card.split("---\n", 2)
    head = yaml.safe_load(front)
    assert head["language"] == ["de", "en"]
    assert head["license"] == ["cc-by-4.0", "mit", "unknown"]
    assert head["size_categories"] == ["n<1K"]
    assert head["configs"][0]["data_files"] == [{"split": "train", "path": "train.jsonl"}]
    for line in (
        "| x | mit | 1 |",
        "| y | cc-by-4.0 | 1 |",
        "| (none) | unknown | 1 |",
        "| permissive | 1 |",
        "| math | 1 |",
        "Rules in force: `rep.loop` v1.",
    ):
        assert line in text.replace("\\_", "_"), line


def test_evaluation_sets_of_a_run_are_told(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    sets = {"path": "p", "digest": "e" * 64, "settings": "{}", "num_items": 1234}
    request = orjson.dumps({"evaluation": {**sets, "coverage": ["Paraphrases are not seen."]}})
    make_run(light_engine, "r", ROWS, request=request.decode())
    make_run(light_engine, "s", [Row("q", "b")])
    manifest = export_runs(light_engine, ExportRequest(["r", "s"], tmp_path / "set"))
    told = {"digest": "e" * 64, "items": 1234, "coverage": ["Paraphrases are not seen."]}
    assert [run["evaluation_sets"] for run in manifest["runs"]] == [told, None]
    card = (tmp_path / "set" / "README.md").read_text()
    assert "1,234 evaluation items (`eeeeeeeeeeeeeeee`)" in card
    assert "Paraphrases are not seen." in card
    assert card.count("contamination was not looked for") == 1


def test_hostile_labels_do_not_break_the_card(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    label = "a|b\n---\n# <script>`x`"
    make_run(light_engine, "r", [Row("p", "a", source=label, metadata={"license": label})])
    export_runs(light_engine, ExportRequest(["r"], tmp_path / "set"))
    card = (tmp_path / "set" / "README.md").read_text()
    _, front, text = card.split("---\n", 2)
    assert yaml.safe_load(front)["license"] == label.replace("\n", " ")
    assert "<script>" not in text
    assert text.count("\n# ") == 1


def test_lineage_is_an_openlineage_event(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(light_engine, "r", ROWS)
    export_runs(light_engine, ExportRequest(["r"], tmp_path / "set"))
    event = orjson.loads((tmp_path / "set" / "lineage.json").read_bytes())
    assert event["eventType"] == "COMPLETE"
    assert event["schemaURL"].endswith("2-0-2/OpenLineage.json#/$defs/RunEvent")
    (source,), (target,) = event["inputs"], event["outputs"]
    assert source["name"] == str(folder / "accepted.jsonl")
    assert (
        source["facets"]["version"]["datasetVersion"]
        == f"sha256:{digest_of(folder / 'accepted.jsonl')}"
    )
    assert source["facets"]["assay_curation"]["inputs"][0]["sha256"] == "aa"
    assert source["inputFacets"]["inputStatistics"]["rowCount"] == 3
    assert target["outputFacets"]["outputStatistics"]["rowCount"] == 3
    assert (
        target["outputFacets"]["outputStatistics"]["size"]
        == (tmp_path / "set" / "train.jsonl").stat().st_size
    )
    for facets in (
        source["facets"],
        source["inputFacets"],
        target["facets"],
        event["run"]["facets"],
    ):
        for facet in facets.values():
            assert {"_producer", "_schemaURL"} <= set(facet)


def test_altered_export_is_refused_by_its_check(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", ROWS)
    out = tmp_path / "set"
    export_runs(light_engine, ExportRequest(["r"], out))
    manifest = (out / "manifest.json").read_bytes()
    (out / "manifest.json").write_bytes(manifest.replace(b'"chain_head": "', b'"chain_head": "0'))
    assert check_export(out)
    with pytest.raises(AuditError, match="chain head"):
        check_export(out, light_engine)
    (out / "manifest.json").write_bytes(manifest)
    with (out / "train.jsonl").open("ab") as stream:
        stream.write(b"{}\n")
    with pytest.raises(AuditError, match=r"train\.jsonl"):
        check_export(out)
    with pytest.raises(InputError, match="expected an export"):
        check_export(tmp_path)


def test_empty_run_gives_an_empty_data_set(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path
) -> None:
    make_run(light_engine, "r", [Row("p", "a", "rejected")])
    manifest = export_runs(
        light_engine, ExportRequest(["r"], tmp_path / "set", splits={"validation": 0.1})
    )
    assert manifest["figures"]["num_rows"] == 0
    assert (tmp_path / "set" / "train.jsonl").read_bytes() == b""
    assert check_export(tmp_path / "set")


def test_labels_beyond_the_bound_are_counted_together(
    light_engine: Engine, make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MAX_LABELS", 3)
    make_run(light_engine, "r", [Row(f"p{n}", f"a{n}", source=f"s{n}") for n in range(9)])
    figures = export_runs(light_engine, ExportRequest(["r"], tmp_path / "set"))["figures"]
    assert figures["sources"] == {"(other)": 6, "s0": 1, "s1": 1, "s2": 1}


def test_prompts_are_compared_by_what_they_say() -> None:
    def digest(text: str | None) -> int:
        return prompt_digest({"messages": [{"role": "user", "content": text}]})

    assert digest("Hello  World\n") == digest("hello world") == digest("\uff28ello world")
    assert digest("hello world") != digest("hello, world")
    assert digest("3 + 4") != digest("3 - 4")
    assert digest(None) == digest("") == prompt_digest({}) == 0


def test_prompt_of_a_million_marks_takes_no_time() -> None:
    text = "a" + "\u0301\u0323" * 500_000
    begun = datetime.now(UTC)
    assert prompt_digest({"messages": [{"role": "user", "content": text}]})
    assert (datetime.now(UTC) - begun).total_seconds() < 5
