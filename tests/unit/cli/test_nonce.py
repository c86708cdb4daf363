"""The secret of a machine: made once, private, and the same for all who ask."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assay.domain.errors import ConfigError
from assay_cli.nonce import KEY_BYTES, load_nonce_key


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "nonce.key"
    key = load_nonce_key(path)
    assert len(key) == KEY_BYTES
    assert load_nonce_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_nonce_key(tmp_path / "other.key") != key


def test_all_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    path = tmp_path / "nonce.key"
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: load_nonce_key(path), range(64)))
    assert len(keys) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["nonce.key"]


def test_damaged_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nonce.key"
    path.write_bytes(b"short")
    with pytest.raises(ConfigError, match="delete the file"):
        load_nonce_key(path)


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="ASSAY_JUDGE_NONCE_KEY"):
        load_nonce_key(tmp_path / "file" / "nonce.key")
