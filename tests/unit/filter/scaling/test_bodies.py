"""Features that travelled as rows are the features that were written."""

from dataclasses import fields

import numpy as np
import pyarrow as pa

from assay_filter.dedup.features import FeatureBlock, compute_features
from assay_filter.dedup.keys import DedupText
from assay_filter.dedup.settings import DedupSettings
from assay_filter.scaling.bodies import (
    columns_of_bodies,
    pack_bodies,
    unpack_features,
    unpack_members,
)
from assay_filter.scaling.vertices import Vertices

SETTINGS = DedupSettings(num_bands=4, rows=4)
TEXTS = [
    DedupText(question, answer, (question + answer).encode(), setting)
    for question, answer, setting in (
        ("Where do the ferries leave in winter?", "From the north pier, at nine and at four.", ""),
        ("", "", ""),
        (
            "Und im Sommer?",
            "Vom alten Hafen, jede Stunde \U0001f6a2.",
            "Answer in German, shortly.",
        ),
    )
]


def _vertices(count: int) -> Vertices:
    return Vertices(
        ordinal=np.arange(10, 10 + count),
        best=np.arange(20, 20 + count),
        rank=np.zeros(count, np.uint8),
        score=np.full(count, -1, np.int32),
        length=np.arange(count),
        language=np.array([b"en", b"", b"de"], "S8")[:count],
    )


def _travelled(features: FeatureBlock, rows: "list[int]") -> pa.Table:
    cells = pack_bodies(_vertices(3), features, np.array(rows, np.int64), SETTINGS)
    return pa.table(cells, schema=pa.schema(columns_of_bodies(SETTINGS)))


def test_rows_become_the_feature_block_that_they_were() -> None:
    features = compute_features(TEXTS, SETTINGS)
    found = unpack_features(_travelled(features, [0, 1, 2]), SETTINGS)
    for field in fields(FeatureBlock):
        assert np.array_equal(getattr(found, field.name), getattr(features, field.name)), field.name


def test_some_rows_in_another_order_are_the_block_of_those_samples() -> None:
    features = compute_features(TEXTS, SETTINGS)
    found = unpack_features(_travelled(features, [2, 0]), SETTINGS)
    expected = compute_features([TEXTS[2], TEXTS[0]], SETTINGS)
    for field in fields(FeatureBlock):
        assert np.array_equal(getattr(found, field.name), getattr(expected, field.name)), field.name


def test_unknown_language_is_nobodys_and_others_differ() -> None:
    members = unpack_members(_travelled(compute_features(TEXTS, SETTINGS), [0, 1, 2]))
    assert members.language[1] == 0
    assert members.language[0] != members.language[2]
    assert np.all(members.language[[0, 2]] > 0)


def test_languages_all_known_have_no_code_of_the_unknown() -> None:
    members = unpack_members(_travelled(compute_features(TEXTS, SETTINGS), [0, 2]))
    assert np.all(members.language > 0)
