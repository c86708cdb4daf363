"""The hash chain: known answers, and sensitivity to every change."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from assay.audit.chain import entry_hash, leaf_of, merkle_root

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_root_of_nothing_is_the_empty_digest() -> None:
    assert merkle_root([]) == hashlib.sha256(b"").digest()


def test_root_follows_rfc_6962_for_an_odd_number_of_leaves() -> None:
    a, b, c = (leaf_of("t", [x]) for x in "abc")
    assert merkle_root([a]) == a
    assert merkle_root([a, b, c]) == _node(_node(a, b), c)


def test_leaf_is_prefixed_and_canonical() -> None:
    assert leaf_of("t", [1, None, "x"]) == hashlib.sha256(b'\x00["t",1,null,"x"]').digest()


@given(leaves, st.data())
def test_root_changes_with_any_leaf(values: list[bytes], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(values) - 1))
    changed = list(values)
    changed[position] = bytes([changed[position][0] ^ 1]) + changed[position][1:]
    assert merkle_root(changed) != merkle_root(values)


@given(leaves)
def test_root_changes_when_a_leaf_is_removed(values: list[bytes]) -> None:
    assert merkle_root(values[:-1]) != merkle_root(values)


def test_entry_hash_tells_cells_apart() -> None:
    assert entry_hash("p", "ab", "c") != entry_hash("p", "a", "bc")
    assert entry_hash("p", 1) != entry_hash("p", "1")
