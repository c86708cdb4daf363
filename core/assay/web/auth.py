"""API keys: `Authorization: Bearer KEY`, compared in constant time.

A key is compared by its SHA-256 with every configured one, so neither its length nor the place of a
match shows in the time taken. Without keys a service serves whoever reaches it; it therefore
refuses to listen beyond this machine unless that is asked for.
"""

import hashlib
import hmac
from ipaddress import ip_address

from assay.domain.errors import ConfigError
from assay.web.problems import UNAUTHORIZED, Problem

OPEN_PATHS = frozenset(("/healthz", "/readyz", "/openapi.json"))
MIN_KEY_CHARS = 16
_SCHEME = b"bearer "


class ApiKeys:
    """The keys that a service accepts; empty: every request is let in."""

    __slots__ = ("_digests",)

    def __init__(self, keys: tuple[str, ...] = ()) -> None:
        self._digests = tuple(hashlib.sha256(key.encode()).digest() for key in keys)

    @classmethod
    def parse(cls, text: str) -> "ApiKeys":
        """Read keys that are separated by commas.

        Raises:
            ConfigError: a key is shorter than 16 characters, or holds what a header cannot.
        """
        keys = tuple(key for part in text.split(",") if (key := part.strip()))
        for at, key in enumerate(keys, 1):
            if len(key) < MIN_KEY_CHARS:
                raise ConfigError(
                    f"expected API keys of {MIN_KEY_CHARS} characters or more, found key {at} with "
                    f"{len(key)}; make one with `openssl rand -hex 24`"
                )
            if not key.isascii() or not key.isprintable() or " " in key:
                raise ConfigError(
                    f"expected API keys of visible ASCII characters, found others in key {at}; "
                    "make one with `openssl rand -hex 24`"
                )
        return cls(keys)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def refusal(self, path: str, authorization: bytes | None) -> Problem | None:
        """Return why a request is refused, or None where it may pass."""
        if not self._digests or path in OPEN_PATHS:
            return None
        if authorization is None:
            return _unauthorized("expected `Authorization: Bearer KEY`, found no such header", "")
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return _unauthorized("expected the scheme Bearer, found another one", "")
        given = hashlib.sha256(authorization[len(_SCHEME) :].strip()).digest()
        is_known = False
        for digest in self._digests:  # all of them: the time taken tells nothing
            is_known |= hmac.compare_digest(given, digest)
        if is_known:
            return None
        return _unauthorized("expected a key of this service, found another one", "invalid_token")


def check_binding(host: str, keys: ApiKeys, *, allow_anonymous: bool) -> None:
    """Refuse to serve beyond this machine without keys.

    Raises:
        ConfigError: `host` is not a loopback address and there are no keys.
    """
    if keys or allow_anonymous or is_loopback(host):
        return
    raise ConfigError(
        f"expected API keys to listen on {host!r}, found none; set ASSAY_API_KEYS, listen on "
        "127.0.0.1, or say --allow-anonymous"
    )


def is_loopback(host: str) -> bool:
    """Tell whether `host` can be reached from this machine alone; of names, `localhost` only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _unauthorized(detail: str, error: str) -> Problem:
    challenge = 'Bearer realm="assay"' + (f', error="{error}"' if error else "")
    return Problem(UNAUTHORIZED, detail, headers={"www-authenticate": challenge})
