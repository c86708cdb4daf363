"""Outcomes of the last items, so that the duplicates in a group are graded once.

Keys cover verifier, version, task and text; what is kept is as bounded as a reply is. Outcomes that
were nobody's doing are not remembered: the next attempt may fare better.
"""

from collections import OrderedDict

from assay_rl_rewards.pool.jobs import Outcome


class OutcomeCache:
    """Keeps the most recently used outcomes."""

    def __init__(self, max_outcomes: int) -> None:
        self._max_outcomes = max_outcomes
        self._outcomes: OrderedDict[bytes, Outcome] = OrderedDict()

    def __len__(self) -> int:
        return len(self._outcomes)

    def find(self, key: bytes) -> Outcome | None:
        outcome = self._outcomes.get(key)
        if outcome is not None:
            self._outcomes.move_to_end(key)
        return outcome

    def keep(self, key: bytes, outcome: Outcome) -> None:
        if not outcome.is_answers_doing:
            return
        self._outcomes[key] = outcome
        self._outcomes.move_to_end(key)
        if len(self._outcomes) > self._max_outcomes:
            self._outcomes.popitem(last=False)
