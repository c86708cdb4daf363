"""Flags name the most similar earlier sample, and nothing else."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from tests.fakes.embeddings import embeddings_server, vector_of

from assay.domain.errors import InputError
from assay.domain.sample import Message, Sample
from assay_filter.semantic import nearest
from assay_filter.semantic.embedder import Embedder
from assay_filter.semantic.flagging import SemanticFlag, flag_similar, semantic_text
from assay_filter.semantic.http_embedder import HttpEmbedder
from assay_filter.semantic.nearest import nearest_earlier
from assay_filter.semantic.settings import SemanticSettings

SETTINGS = SemanticSettings.model_validate({"url": "http://127.0.0.1:9", "model": "words"})


class WordCounts:
    """An embedder without a server."""

    model = "words"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([vector_of(text) for text in texts], np.float32)


def test_a_paraphrase_is_flagged_with_the_one_it_reads_like() -> None:
    texts = ["the cat sat on the mat", "dogs run far", "on the mat the cat sat", "  "]
    embedder: Embedder = WordCounts()
    assert flag_similar(texts, embedder, SETTINGS) == [SemanticFlag(2, 0, 1000)]


def test_the_level_decides() -> None:
    texts = ["one two three four five six seven eight nine", "one two three four five six seven"]
    strict = SETTINGS.model_copy(update={"threshold": 0.95})
    loose = SETTINGS.model_copy(update={"threshold": 0.6})
    assert flag_similar(texts, WordCounts(), strict) == []
    (flag,) = flag_similar(texts, WordCounts(), loose)
    assert 600 <= flag.cosine < 950


def test_a_server_gives_the_same_flags() -> None:
    texts = ["a b c d", "x y z", "d c b a", "", "z y x"]
    with embeddings_server() as server:
        chosen = SemanticSettings.model_validate({"url": server.url, "model": "words"})
        assert flag_similar(texts, HttpEmbedder(chosen), chosen) == flag_similar(
            texts, WordCounts(), chosen
        )


@pytest.mark.parametrize("texts", [[], ["alone"], ["", " ", "alone"]])
def test_who_is_alone_reads_like_nobody(texts: list[str]) -> None:
    assert flag_similar(texts, WordCounts(), SETTINGS) == []


def test_too_many_samples_are_refused() -> None:
    chosen = SETTINGS.model_copy(update={"max_samples": 2})
    with pytest.raises(InputError, match="at most 2"):
        flag_similar(["a", "b", "c"], WordCounts(), chosen)


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
@given(
    arrays(
        np.float32, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(-3, 3)
    ).filter(lambda found: bool(found.any(axis=1).all())),
    st.integers(1, 5),
)
def test_blocks_find_what_a_whole_comparison_finds(
    vectors: NDArray[np.float32], block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "BLOCK", block)
        found = nearest_earlier(vectors)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    whole = unit @ unit.T
    assert found.position[0] == -1
    for row in range(1, len(vectors)):
        assert 0 <= found.position[row] < row
        assert abs(float(found.cosine[row]) - float(whole[row, :row].max())) < 1e-6
        assert abs(float(whole[row, found.position[row]]) - float(found.cosine[row])) < 1e-6
