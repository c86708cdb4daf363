"""A judgement as bytes and back: a header line with format and checksum, then JSON.

The invariant: bytes that were not written whole by this version are no judgement; they read as a
miss. So a torn, foreign or altered value costs a call and is never a score.
"""

from hashlib import blake2b

from pydantic import ValidationError

from assay.domain.judgement import Judgement, Usage

_FORMAT = b"assay-judgement/1 "
_DIGEST_BYTES = 16
_HEADER_BYTES = len(_FORMAT) + 2 * _DIGEST_BYTES + 1
_FROM_CACHE = Usage(from_cache=1)


def encode_judgement(judgement: Judgement) -> bytes:
    """Return a judgement as bytes for a cache."""
    body = judgement.model_dump_json(exclude_defaults=True).encode()
    return _header(body) + body


def decode_judgement(value: bytes) -> Judgement | None:
    """Return the judgement that `value` holds, or None if it holds none that can be trusted."""
    header, body = value[:_HEADER_BYTES], value[_HEADER_BYTES:]
    if header != _header(body):
        return None
    try:
        return Judgement.model_validate_json(body)
    except ValidationError:
        return None


def as_free(judgement: Judgement) -> Judgement:
    """Return the same judgement for one who did not pay for it."""
    return judgement.model_copy(update={"usage": _FROM_CACHE})


def _header(body: bytes) -> bytes:
    digest = blake2b(body, digest_size=_DIGEST_BYTES).hexdigest().encode()
    return _FORMAT + digest + b"\n"
