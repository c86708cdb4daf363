"""A judgement that was stored and read again is the same judgement, its cost apart."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from assay.audit import tables
from assay.audit.engine import open_engine
from assay.audit.rows import columns_of
from assay.audit.schema import upgrade
from assay.domain.judgement import (
    DIMENSIONS,
    Defect,
    DefectStatus,
    DimensionScore,
    Judgement,
    Reduction,
    Usage,
)
from assay_filter.curation.judgement_rows import (
    detail_row,
    judgement_row,
    load_judgements,
    sum_usage,
)

milli = st.integers(0, 1000)
scores = st.builds(
    DimensionScore,
    score=st.none() | st.integers(1000, 5000),
    spread=st.none() | st.integers(0, 2000),
    entropy=st.none() | st.integers(0, 2322),
    mass=st.none() | milli,
    distribution=st.none() | st.tuples(*[milli] * 5),
)
defects = st.builds(
    Defect,
    kind=st.sampled_from(["hallucination", "own_defect"]),
    status=st.sampled_from(DefectStatus),
    quote=st.text(max_size=20),
    message=st.integers(0, 9),
    detector=st.sampled_from(["judge", "code"]),
    reason=st.text(max_size=20),
)
judgements = st.builds(
    Judgement,
    judge=st.sampled_from(["evidence", "granite"]),
    version=st.text("0123456789abcdef", min_size=1, max_size=8),
    turn=st.integers(0, 9),
    scores=st.dictionaries(st.sampled_from([*DIMENSIONS, "empathy"]), scores),
    defects=st.lists(defects, max_size=3).map(tuple),
    basis=st.sampled_from(["scored", "no_defect_found"]),
    flags=st.lists(st.sampled_from(["injection_suspected", "x"]), max_size=2).map(tuple),
    checks=st.dictionaries(st.sampled_from(["a", "b"]), milli),
    mode=st.none() | st.sampled_from(["fast", "standard"]),
    rubric=st.none() | st.just("r"),
    prompts=st.none() | st.just("p"),
    reduction=st.none() | st.builds(Reduction, num_turns_omitted=st.integers(0, 3)),
    num_fabricated_quotes=st.integers(0, 3),
    num_neutralised=st.integers(0, 3),
    raw=st.lists(st.text(max_size=20), max_size=2).map(tuple),
    usage=st.none() | st.builds(Usage, num_calls=st.integers(0, 3)),
)


@given(judgements)
def test_stored_judgement_reads_back_the_same(judgement: Judgement) -> None:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        for table, row in (
            (tables.judgement, judgement_row(7, judgement)),
            (tables.judgement_detail, detail_row(7, judgement)),
        ):
            if row is not None:
                values = dict(zip(columns_of(table), row, strict=True))
                connection.execute(table.insert().values(run_id="r", **values))
        found = load_judgements(connection, "r", [7, 8])
    engine.dispose()
    assert found == {7: [judgement.model_copy(update={"usage": None})], 8: []}


def test_plain_judgement_needs_no_detail() -> None:
    plain = Judgement(
        judge="evidence", version="1", turn=1, scores={"correctness": DimensionScore(score=5000)}
    )
    assert detail_row(0, plain) is None


def test_detail_keeps_the_judgement_before_a_repair() -> None:
    before = Judgement(judge="m", version="1", turn=1, scores={}, usage=Usage(num_calls=1))
    row = detail_row(0, before.model_copy(update={"mode": "fast"}), before)
    assert row is not None
    assert '"before_repair":{"judge":"m"' in str(row[2])
    assert "num_calls" not in str(row[2])


def test_cost_is_summed_over_judgements_and_what_was_wasted() -> None:
    one = Judgement(judge="m", version="1", turn=1, scores={}, usage=Usage(num_calls=2))
    assert sum_usage([one.model_copy(update={"usage": None})]) is None
    found = sum_usage([one, one], [Usage(num_calls=5)])
    assert found is not None
    assert (found[0], Usage.model_validate_json(found[1]).num_calls) == (2, 9)


def test_database_of_the_former_revision_is_upgraded(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    import assay.audit.schema as schema

    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    config = Config()
    folder = Path(schema.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    upgrade(engine)
    schema.check_revision(engine)
    with engine.connect() as connection:
        assert load_judgements(connection, "none", []) == {}
