"""Flags name the most similar earlier sample, and nothing else."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from tests.fakes.embeddings import vector_of

from assay.domain.sample import Message, Sample
from assay_filter.semantic import nearest
from assay_filter.semantic.cells import PROBES, SCALE, divide, norms_of, quantise
from assay_filter.semantic.flagging import SemanticFlag, flag_similar, semantic_text
from assay_filter.semantic.nearest import nearest_earlier
from assay_filter.semantic.settings import SemanticSettings

SETTINGS = SemanticSettings.model_validate({"url": "http://127.0.0.1:9", "model": "words"})

floats = arrays(
    np.float32, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(-3, 3)
).filter(lambda found: bool(found.any(axis=1).all()))


def vectors_of(*texts: str) -> NDArray[np.int16]:
    return quantise(np.array([vector_of(text) for text in texts], np.float32))


def test_a_paraphrase_is_flagged_with_the_one_it_reads_like() -> None:
    vectors = vectors_of("the cat sat on the mat", "dogs run far", "on the mat the cat sat")
    assert flag_similar(vectors, SETTINGS) == [SemanticFlag(2, 0, 1000)]


def test_the_level_decides() -> None:
    vectors = vectors_of(
        "one two three four five six seven eight nine", "one two three four five six seven"
    )
    assert flag_similar(vectors, SETTINGS) == []
    (flag,) = flag_similar(vectors, SETTINGS.model_copy(update={"threshold": 0.6}))
    assert 600 <= flag.cosine < 950


def test_who_is_alone_reads_like_nobody() -> None:
    assert flag_similar(vectors_of("alone"), SETTINGS) == []
    assert flag_similar(np.zeros((0, 1), np.int16), SETTINGS) == []


def test_only_what_was_said_is_embedded() -> None:
    messages = (
        Message("system", "Be kind."),
        Message("user", " Why? "),
        Message("assistant", None),
        Message("tool", "42"),
        Message("assistant", "Because."),
    )
    assert semantic_text(Sample(messages)) == "Why?\n\nBecause."


@settings(deadline=None)
@given(floats, st.integers(1, 5))
def test_blocks_find_what_a_whole_comparison_finds(given: NDArray[np.float32], block: int) -> None:
    vectors = quantise(given)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "BLOCK", block)
        found = nearest_earlier(vectors, 100)
    unit = vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    whole = unit @ unit.T
    assert found.position[0] == -1
    for row in range(1, len(vectors)):
        assert 0 <= found.position[row] < row
        assert abs(float(found.cosine[row]) - float(whole[row, :row].max())) < 1e-9
        assert abs(float(whole[row, found.position[row]]) - float(found.cosine[row])) < 1e-9


@settings(deadline=None)
@given(floats)
def test_whole_numbers_keep_directions(given: NDArray[np.float32]) -> None:
    vectors = quantise(given).astype(np.float64)
    assert np.abs(np.linalg.norm(vectors, axis=1) - SCALE).max() < 2
    cosines = (vectors * given).sum(axis=1) / np.linalg.norm(vectors, axis=1)
    assert np.allclose(cosines, np.linalg.norm(given, axis=1), rtol=1e-6)


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_length_of_a_vector_means_nothing(size: float) -> None:
    vectors = quantise(np.array([[3, 4], [3 * size, 4 * size]], np.float32))
    assert vectors.tolist() == [[19660, 26214]] * 2


def planted(count: int, *, dimensions: int = 24) -> NDArray[np.int16]:
    """Directions around some topics, the last tenth those of the first, a little turned."""
    rng = np.random.default_rng(5)
    topics = rng.normal(size=(12, dimensions))
    vectors = topics[rng.integers(0, len(topics), count)] + rng.normal(size=(count, dimensions))
    num_pairs = count // 10
    noise = rng.normal(size=(num_pairs, dimensions)) * 0.1
    vectors[-num_pairs:] = vectors[:num_pairs] + noise
    return quantise(vectors.astype(np.float32))


def test_nearest_cells_find_nearly_all_that_is_alike() -> None:
    vectors = planted(3000)
    exact = flag_similar(vectors, SETTINGS)
    chosen = SETTINGS.model_copy(update={"max_compared": 600})
    found = flag_similar(vectors, chosen)
    assert set(found) <= set(exact)
    assert len(found) >= 0.97 * len(exact) and len(exact) >= 300


def test_cells_bound_the_work_of_one_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.repeat(planted(10), 400, axis=0)  # whole crowds of the same, worst for cells
    num_compared = 0
    compare = nearest._compare

    def counted(*given: Any) -> None:
        nonlocal num_compared
        num_compared += len(given[2]) * len(given[3])
        compare(*given)

    monkeypatch.setattr(nearest, "BLOCK", 64)
    monkeypatch.setattr(nearest, "_compare", counted)
    found = nearest_earlier(vectors, 200)
    assert num_compared <= len(vectors) * PROBES * (200 + 64)
    firsts = np.arange(0, len(vectors), 400)
    assert (np.delete(found.cosine, firsts) > 1 - 1e-9).all()


def test_each_vector_is_at_home_in_one_cell() -> None:
    vectors = planted(500)
    cells = divide(vectors, 20, 64)
    homes = [row for members, _ in cells.groups() for row in members.tolist()]
    assert sorted(homes) == list(range(len(vectors)))
    for members, visitors in cells.groups():
        assert set(members.tolist()) <= set(visitors.tolist())
        assert (np.diff(visitors) > 0).all()


def test_cells_do_not_depend_on_blocks() -> None:
    vectors = planted(500)
    assert (divide(vectors, 20, 7).visited == divide(vectors, 20, 500).visited).all()
    assert (norms_of(vectors, 7) == norms_of(vectors, 500)).all()
