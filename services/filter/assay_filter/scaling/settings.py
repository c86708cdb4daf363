"""How a large run is cut, and what Ray reads from the environment."""

import os
from dataclasses import dataclass

KEY_BYTES = 57  # of a key on its way to the keys that it may equal, with its part
LINKED_BYTES = 4096  # of a sample on its way to those that it may be a copy of, text included


@dataclass(frozen=True, slots=True)
class Sizes:
    """What one task holds, and what is gathered in one place; no result depends on any of it.

    `num_parts` 0: as many as `part_bytes` asks for. `gathered_edges`: up to so many pairs (16 bytes
    each) one task finds all components; above, they are found part by part in several rounds.
    `pass_bytes`: so much is shuffled at a time when keys are compared. `largest_component`: samples
    that one task may have to settle; a run with a larger component stops and says so.
    """

    num_parts: int = 0
    part_bytes: int = 128 << 20
    pass_bytes: int = 256 << 30
    gathered_edges: int = 1 << 26
    largest_component: int = 20_000_000
    shard_samples: int = 200_000

    def parts_for(self, num_bytes: int) -> int:
        """Return into how many parts so many bytes are cut."""
        return self.num_parts or max(1, -(-num_bytes // self.part_bytes))


def keep_ray_to_itself() -> None:
    """Make Ray send no usage statistics unless somebody has asked for them."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
