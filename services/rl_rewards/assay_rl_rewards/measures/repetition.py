"""How much of a response repeats itself: for penalties, never for correctness.

The measure is Gopher's (Rae et al. 2021, table A1): the share of characters inside n-grams of five
words that were seen before, taken from curation's check. Score 1: nothing is repeated; 0: all is.
"""

from collections.abc import Sequence
from typing import ClassVar

from assay.verifiers.repetition import duplicate_share, tail_loop
from assay_rl_rewards.verifier import Decoy, Grade, Task

NUM_WORDS = 5
_MEASURED_CHARS = 8_000  # of the end, where loops are
_MIN_LOOPS = 4


class Repetition:
    """Measures repetition; `repetition` of a route's shaping."""

    id: ClassVar[str] = "repetition"
    version: ClassVar[int] = 1

    def read_task(self, task: Task) -> None:
        """Return nothing: repetition is measured without a task."""
        return

    def grade(self, task: None, text: str) -> Grade:
        end = text[-_MEASURED_CHARS:]
        share = duplicate_share(end, size=NUM_WORDS)
        loop = tail_loop(end)
        if loop is not None and loop.num_repeats >= _MIN_LOOPS:
            share = max(share, len(loop.unit) * (loop.num_repeats - 1) / len(end))
        return Grade(1.0 - min(share, 1.0), "the share of the response that repeats itself")

    def render_gold(self, task: None) -> str | None:
        """Return None: there is no right answer."""
        return None

    def list_decoys(self, task: None) -> Sequence[Decoy]:
        """Return a response that is nothing but one sentence."""
        return (Decoy("loop", "and the answer is the one that I gave before " * 200),)
