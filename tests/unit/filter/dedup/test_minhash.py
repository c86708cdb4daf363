from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.engine import find_duplicates
from assay_filter.dedup.features import FeatureBlock, compute_features
from assay_filter.dedup.keys import DedupText
from assay_filter.dedup.result import Members, Method
from assay_filter.dedup.settings import DedupSettings
from assay_filter.dedup.verify import DIFFERENT, Limits, compare_pairs

LIMITS = Limits(800, 32)


def _edited(rng: np.random.Generator, words: list[str], num_edits: int) -> str:
    words = list(words)
    for place in rng.choice(len(words), num_edits, replace=False):
        words[place] = "".join(rng.choice(list("abcdefgh"), 6))
    return " ".join(words)


def _texts(num_words: int, num_texts: int, seed: int) -> list[str]:
    """Families of three: a text and two that differ from it in some words."""
    rng = np.random.default_rng(seed)
    texts = []
    for _ in range(num_texts // 3):
        words = ["".join(rng.choice(list("abcdefgh"), rng.integers(3, 9)))
                 for _ in range(num_words)]  # fmt: skip
        most = max(2, num_words // 8)
        texts += [" ".join(words), *(_edited(rng, words, int(rng.integers(1, most))) for _ in "12")]
    return texts


@cache
def _shingles(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 5] for i in range(len(text) - 4))


def _similarity(first: str, second: str) -> float:
    a, b = _shingles(first), _shingles(second)
    return len(a & b) / len(a | b)


def _block(texts: list[str]) -> FeatureBlock:
    samples = [DedupText("Tell me a story, please.", text, text.encode()) for text in texts]
    return compute_features(samples, DedupSettings())


def _all_pairs(count: int) -> NDArray[np.int64]:
    return np.stack(np.triu_indices(count, 1), axis=1)


@pytest.mark.parametrize("num_words", [20, 100, 400])
def test_verified_similarity_is_the_jaccard_index(tmp_path: Path, num_words: int) -> None:
    texts = _texts(num_words, 60, seed=num_words)
    path = tmp_path / "block"
    _block(texts).save(path)
    corpus = Corpus([path], DedupSettings())
    everyone = np.arange(len(texts))
    compared = corpus.texts(everyone, np.zeros(len(texts), np.int16), np.ones(len(texts), bool))
    pairs = _all_pairs(len(texts))
    found = compare_pairs(compared, pairs, LIMITS)
    expected = [_similarity(texts[a], texts[b]) for a, b in pairs.tolist()]
    num_similar = sum(similarity >= 0.8 for similarity in expected)
    assert num_similar >= 5
    for (_, response), similarity in zip(found.tolist(), expected, strict=True):
        assert response in (
            (DIFFERENT,) if similarity < 0.8 else (DIFFERENT, int(similarity * 1000))
        )
    num_pruned = num_similar - int((found[:, 1] != DIFFERENT).sum())
    assert num_pruned <= 0.02 * num_similar


@pytest.mark.parametrize("num_words", [20, 40, 120])
def test_similar_pairs_share_a_band(num_words: int) -> None:
    """Brute force over 300 texts: recall at .8 and above is what the bands promise."""
    texts = _texts(num_words, 300, seed=num_words)
    bands = _block(texts).bands
    similar = [(a, b) for a, b in _all_pairs(len(texts)).tolist()
               if a // 3 == b // 3 and _similarity(texts[a], texts[b]) >= 0.8]  # fmt: skip
    found = sum(bool(np.any(bands[:, a] == bands[:, b])) for a, b in similar)
    assert len(similar) >= 50
    assert found >= 0.99 * len(similar)


def test_unrelated_texts_share_no_band() -> None:
    bands = _block([text for i, text in enumerate(_texts(60, 300, seed=1)) if i % 3 == 0]).bands
    assert all(len(np.unique(band)) == len(band) for band in bands)


def test_slots_agree_as_often_as_sets(tmp_path: Path) -> None:
    texts = _texts(200, 90, seed=5)
    slots = _block(texts).slots
    pairs = [(3 * i, 3 * i + 1) for i in range(30)]
    errors = [float(np.mean(slots[a] == slots[b])) - _similarity(texts[a], texts[b])
              for a, b in pairs]  # fmt: skip
    assert abs(np.mean(errors)) < 0.02
    assert np.max(np.abs(errors)) < 0.12


def test_greedy_choice_equals_brute_force(tmp_path: Path) -> None:
    """Every text that brute force drops is dropped, for the same survivor."""
    texts = _texts(60, 300, seed=11)
    path = tmp_path / "block"
    _block(texts).save(path)
    count = len(texts)
    score = np.random.default_rng(2).permutation(count).astype(np.int32)
    members = Members(np.ones(count, bool), np.zeros(count, np.uint8), score,
                      np.zeros(count, np.int64), np.zeros(count, np.int16))  # fmt: skip
    result = find_duplicates([path], members, DedupSettings(prompt_cap=0))
    expected: dict[int, int] = {}
    survivors: list[int] = []
    for i in np.argsort(-score).tolist():
        partner = next((s for s in survivors if _similarity(texts[s], texts[i]) >= 0.8), None)
        if partner is None:
            survivors.append(i)
        else:
            expected[i] = partner
    assert len(expected) > 50
    edges = list(result.iter_edges())
    assert {edge.dropped: edge.kept for edge in edges} == expected
    assert {edge.method for edge in edges} == {Method.NEAR}
