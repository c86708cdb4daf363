import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.web.request_ids import MAX_CHARS, request_id_of

ALLOWED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"


@pytest.mark.parametrize("given_id", ["a", "run-7.sample_9", "x" * MAX_CHARS])
def test_a_sound_id_is_kept(given_id: str) -> None:
    assert request_id_of(given_id.encode()) == given_id


@given(st.none() | st.binary(max_size=300))
def test_whatever_is_given_the_id_is_safe_in_a_log(given_id: bytes | None) -> None:
    request_id = request_id_of(given_id)
    assert 0 < len(request_id) <= MAX_CHARS
    assert set(request_id) <= set(ALLOWED)


def test_new_ids_differ() -> None:
    assert request_id_of(None) != request_id_of(b"")
