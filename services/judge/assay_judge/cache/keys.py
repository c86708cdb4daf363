"""The address of a judgement: a digest of everything that it depends on.

Two turns share a key only if the judge is told the same of both and would answer alike. Fields are
length-prefixed, so that no two lists of fields give the same bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from hashlib import sha256

import orjson

from assay.domain.sample import Sample

FORMAT = b"assay-judgement-1"


def sample_body(sample: Sample) -> bytes:
    """Return the canonical bytes of all that a judge may read in a sample.

    That is everything but `id` and `source`: the type chooses the prompt, and verifiers read the
    language and the metadata. For a sample with many turns pass its SHA-256 to `judgement_key`
    instead, so that a long conversation is not hashed once a turn.
    """
    body = {
        "messages": sample.messages,
        "tools": sample.tools,
        "documents": sample.documents,
        "type": sample.type,
        "language": sample.language,
        "metadata": sample.metadata,
    }
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Half characters, integers beyond 64 bits and mappings that are no dict: slower, as exact.
        return json.dumps(body, sort_keys=True, separators=(",", ":"), default=_plain).encode()


def judgement_key(*, sample_body: bytes, turn: int, version: str, fingerprint: str | None) -> str:
    """Return the key of one turn's judgement: SHA-256, 64 hex digits.

    Args:
        sample_body: the sample's canonical bytes, or their SHA-256; one or the other throughout.
        turn: index of the judged message.
        version: the judge's version, which covers model, prompts, rubric, mode and sampling.
        fingerprint: the server's `system_fingerprint`, which changes with its weights and build.
    """
    digest = sha256(FORMAT)
    fields = (
        sample_body,
        str(turn).encode(),
        version.encode(),
        b"-" if fingerprint is None else b"+" + fingerprint.encode(),
    )
    for field in fields:
        digest.update(len(field).to_bytes(8, "big"))
        digest.update(field)
    return digest.hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"expected a sample made of JSON values, found {type(value).__name__}")
