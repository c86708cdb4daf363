"""What the semantic tier found of the samples of one chunk: one file a chunk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from assay_filter.curation.decide_stage import KeptName
from assay_filter.curation.linking import read_packed, write_packed
from assay_filter.screening import Hit
from assay_filter.semantic.flagging import RULE


class Similar(NamedTuple):
    """The earlier sample that one reads like, and their cosine in thousandths."""

    name: KeptName
    cosine: int


@dataclass(frozen=True, slots=True)
class ChunkSimilar:
    """By ordinal: whom samples read like, and why others could not be compared."""

    similar: Mapping[int, Similar] = field(default_factory=dict)
    not_compared: Mapping[int, str] = field(default_factory=dict)
    threshold: float = 1.0

    def write(self, path: Path) -> None:
        """Write the file."""
        similar = [[o, *found.name, found.cosine] for o, found in self.similar.items()]
        body = {
            "similar": similar,
            "not_compared": list(self.not_compared.items()),
            "threshold": self.threshold,
        }
        write_packed(path, body)

    def end(self, ordinal: int, ending: dict[str, Any]) -> list[Hit]:
        """Note in a sample's ending whom it reads like; return what the audit says of it."""
        reason = self.not_compared.get(ordinal)
        if reason is not None:
            return [Hit(RULE, 1, "note", f"not compared: {reason}")]
        found = self.similar.get(ordinal)
        if found is None:
            return []
        name, cosine = found.name, found.cosine / 1000
        row = f"{name.file}:{name.line}"
        ending["similar_to"] = {"sample_id": name.sample_id, "row": row, "cosine": cosine}
        told = f"reads like sample {name.sample_id} at {row}"
        return [Hit(RULE, 1, "note", told, value=cosine, threshold=self.threshold)]


def read_similar(path: Path) -> ChunkSimilar:
    """Read what was found of one chunk."""
    body = read_packed(path)
    return ChunkSimilar(
        similar={o: Similar(KeptName(*name), cosine) for o, *name, cosine in body["similar"]},
        not_compared=dict(body["not_compared"]),
        threshold=body["threshold"],
    )
