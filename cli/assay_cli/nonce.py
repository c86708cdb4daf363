"""The secret behind the code words that mark a sample's text in a prompt, kept on this machine."""

import os
import secrets
from pathlib import Path

from assay.domain.errors import ConfigError

KEY_BYTES = 32


def load_nonce_key(path: Path) -> bytes:
    """Return the key in `path`, making one when there is none; only its owner may read it.

    Two processes that make it at once end up with the same one.

    Raises:
        ConfigError: the file cannot be read or made, or is no key.
    """
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as exc:
        raise ConfigError(
            f"expected to keep a key in {str(path)!r}, found: {exc.strerror}; set "
            "ASSAY_JUDGE_NONCE_KEY to a secret of your own, or make the folder writable"
        ) from exc
    if len(key) != KEY_BYTES:
        raise ConfigError(
            f"expected {KEY_BYTES} bytes in {str(path)!r}, found {len(key)}; delete the file"
        )
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(KEY_BYTES))
    finally:
        os.close(descriptor)
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        aside.unlink()
