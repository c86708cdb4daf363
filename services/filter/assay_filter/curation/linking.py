"""What the samples of one chunk depend on beyond it, found over the whole run: two files a chunk.

Copies are settled chunk by chunk and written at once, so that they are never all in memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import zstandard

from assay.domain.errors import RunStateError
from assay.domain.verdict import Outcome
from assay_filter.curation.decide_stage import EarlierName, KeptName, SettledCopy
from assay_filter.curation.duplicates import Link
from assay_filter.curation.workspace import write_whole

LEVEL = 1


@dataclass(frozen=True, slots=True)
class ChunkLinks:
    """By position: `outcomes` before deduplication and `judged_as`; by ordinal: the rest."""

    outcomes: list[int]
    judged_as: list[int]
    links: Mapping[int, Link]
    guarded: Mapping[int, int]
    kept_names: Mapping[int, KeptName]
    earlier: Mapping[int, EarlierName]

    def write(self, path: Path) -> None:
        """Write the file."""
        body = {
            "outcomes": self.outcomes,
            "judged_as": self.judged_as,
            "links": [[ordinal, *link] for ordinal, link in self.links.items()],
            "guarded": list(self.guarded.items()),
            "names": [[ordinal, *name] for ordinal, name in self.kept_names.items()],
            "earlier": [[ordinal, *name] for ordinal, name in self.earlier.items()],
        }
        write_packed(path, body)


def read_links(path: Path) -> ChunkLinks:
    """Read the links of one chunk."""
    body = read_packed(path)
    return ChunkLinks(
        outcomes=body["outcomes"],
        judged_as=body["judged_as"],
        links={ordinal: Link(*cells) for ordinal, *cells in body["links"]},
        guarded=dict(body["guarded"]),
        kept_names={ordinal: KeptName(*cells) for ordinal, *cells in body["names"]},
        earlier={ordinal: EarlierName(*cells) for ordinal, *cells in body["earlier"]},
    )


def write_copies(path: Path, copies: Mapping[int, SettledCopy]) -> None:
    """Write the exact copies of one chunk, by ordinal."""
    write_packed(path, [[o, copy.outcome.value, copy.ending] for o, copy in copies.items()])


def read_copies(path: Path) -> dict[int, SettledCopy]:
    """Read the exact copies of one chunk."""
    return {o: SettledCopy(Outcome(name), ending) for o, name, ending in read_packed(path)}


def write_packed(path: Path, body: Any) -> None:
    """Write a small file of one chunk: compressed JSON with a checksum."""
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    write_whole(path, compressor.compress(orjson.dumps(body)))


def read_packed(path: Path) -> Any:
    """Return what `write_packed` wrote.

    Raises:
        RunStateError: it is not there, or damaged.
    """
    try:
        return orjson.loads(zstandard.ZstdDecompressor().decompress(path.read_bytes()))
    except (OSError, zstandard.ZstdError) as exc:
        raise RunStateError(
            f"expected the links of a chunk in {str(path)!r}, found: {exc}; the work folder was "
            "damaged, or is not shared by all workers: start again with --overwrite"
        ) from exc
