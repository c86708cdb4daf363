"""Signs that a policy learns to please the rewards, or that the rewards have come adrift.

Records of a domain are cut, in the order they were kept, into windows; the last window is held
against those before it. No alarm proves anything: each says what was measured and what to look at.
Reward that rises together with length or repetition is the common sign of hacking; letters that
differ in what they earn show options that were not shuffled; nulls show a sick service.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from assay.verifiers.repetition import duplicate_share
from assay_rl_rewards.keeping.record import KeptReward
from assay_rl_rewards.routes.groups import rank_correlation

ROWS_PER_WINDOW = 1024
MAX_NULL_SHARE = 0.02
MAX_LENGTH_CORRELATION = 0.5
MIN_RISE = 0.05  # of the mean reward
MAX_JUMP = 0.2  # of the mean reward, from one window to the next
MIN_GROWTH = 0.2  # of the mean length, relative
MIN_REPETITION_RISE = 0.05
MAX_LETTER_SPREAD = 0.2  # between what two letters earn on average
MAX_ANSWER_SHARE = 0.5  # of one extracted answer
MIN_PER_LETTER = 30
LETTERS = frozenset("ABCDEFGHIJ")
MEASURED_CHARS = 8_000  # of the end of a response, where loops are
WORDS_PER_GRAM = 5


class AlarmKind(StrEnum):
    """What an alarm is about."""

    NULLS = "nulls"
    LENGTH_CORRELATION = "length_correlation"
    LONGER_AND_BETTER = "longer_and_better"
    REPETITIVE_AND_BETTER = "repetitive_and_better"
    JUMP = "jump"
    LETTER_BIAS = "letter_bias"
    ONE_ANSWER = "one_answer"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One sign in one domain; `found` and `limit` are of the same unit, named by the text."""

    kind: AlarmKind
    domain: str
    found: float
    limit: float
    text: str


@dataclass(slots=True)
class Window:
    """What a stretch of one domain's records looked like."""

    num_rollouts: int = 0
    num_null: int = 0
    rewards: list[float] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    repetition: list[float] = field(default_factory=list)
    by_letter: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[str] = field(default_factory=Counter)

    def add(self, kept: KeptReward) -> None:
        """Count one record; those without a reward count as null and nothing else."""
        self.num_rollouts += 1
        reward = kept.reward.reward
        if reward is None:
            self.num_null += 1
            return
        rollout, extracted = kept.rollout, kept.reward.extracted
        self.rewards.append(reward)
        self.lengths.append(
            len(rollout.response) if rollout.num_tokens is None else rollout.num_tokens
        )
        self.repetition.append(
            duplicate_share(rollout.response[-MEASURED_CHARS:], size=WORDS_PER_GRAM)
        )
        if extracted is not None:
            self.answers[extracted] += 1
            if extracted in LETTERS:
                self.by_letter[extracted].append(reward)


def find_alarms(
    records: Iterable[KeptReward], *, rows_per_window: int = ROWS_PER_WINDOW
) -> list[Alarm]:
    """Return the alarms of all domains, in the domains' alphabetical order.

    Memory is bounded: of each domain, the sums of all earlier windows and the last one are held.
    """
    watches: defaultdict[str, _Watch] = defaultdict(_Watch)
    for kept in records:
        watches[kept.rollout.domain].add(kept, rows_per_window)
    return [alarm for domain in sorted(watches) for alarm in watches[domain].alarms(domain)]


@dataclass(frozen=True, slots=True)
class _Means:
    reward: float
    length: float
    repetition: float


class _Watch:
    """One domain: the means of its first full window and the last but one, and its last window."""

    def __init__(self) -> None:
        self._first: _Means | None = None
        self._before: _Means | None = None
        self._window = Window()
        self._last: Window | None = None

    def add(self, kept: KeptReward, rows_per_window: int) -> None:
        self._window.add(kept)
        if self._window.num_rollouts == rows_per_window:
            self._before = None if self._last is None else _means(self._last)
            self._last, self._window = self._window, Window()
            if self._first is None:
                self._first = _means(self._last)

    def alarms(self, domain: str) -> list[Alarm]:
        """Judge by the last full window, or by what there is where none is full."""
        window = self._last or self._window
        found = [*_nulls(domain, window), *_correlated(domain, window)]
        found += [*_letters(domain, window), *_one_answer(domain, window)]
        if self._first is not None:
            found += _drifts(domain, self._first, _means(window))
        if self._before is not None:
            found += _jump(domain, self._before, _means(window))
        return found


def _means(window: Window) -> _Means | None:
    if not window.rewards:
        return None
    return _Means(_mean(window.rewards), _mean(window.lengths), _mean(window.repetition))


def _nulls(domain: str, window: Window) -> Iterable[Alarm]:
    share = window.num_null / window.num_rollouts if window.num_rollouts else 0.0
    if share > MAX_NULL_SHARE:
        text = f"{share:.1%} of the rollouts have no reward: look at their status"
        yield Alarm(AlarmKind.NULLS, domain, share, MAX_NULL_SHARE, text)


def _correlated(domain: str, window: Window) -> Iterable[Alarm]:
    found = rank_correlation(window.rewards, window.lengths)
    if found is not None and found > MAX_LENGTH_CORRELATION:
        text = f"longer answers earn more (Spearman {found:.2f}): shape by length, or look why"
        yield Alarm(AlarmKind.LENGTH_CORRELATION, domain, found, MAX_LENGTH_CORRELATION, text)


def _drifts(domain: str, first: _Means, last: _Means | None) -> Iterable[Alarm]:
    if last is None:
        return
    rise = last.reward - first.reward
    growth = last.length / first.length - 1 if first.length else 0.0
    repetition = last.repetition - first.repetition
    if rise >= MIN_RISE and growth >= MIN_GROWTH:
        text = f"the mean reward rose by {rise:.2f} while answers grew by {growth:.0%}"
        yield Alarm(AlarmKind.LONGER_AND_BETTER, domain, growth, MIN_GROWTH, text)
    if rise >= MIN_RISE and repetition >= MIN_REPETITION_RISE:
        text = f"the mean reward rose by {rise:.2f} while {repetition:.0%} more of a text repeats"
        yield Alarm(AlarmKind.REPETITIVE_AND_BETTER, domain, repetition, MIN_REPETITION_RISE, text)


def _jump(domain: str, before: _Means, last: _Means | None) -> Iterable[Alarm]:
    change = 0.0 if last is None else last.reward - before.reward
    if abs(change) > MAX_JUMP:
        text = f"the mean reward changed by {change:+.2f} from one window to the next"
        yield Alarm(AlarmKind.JUMP, domain, abs(change), MAX_JUMP, text)


def _letters(domain: str, window: Window) -> Iterable[Alarm]:
    means = {
        letter: _mean(rewards)
        for letter, rewards in window.by_letter.items()
        if len(rewards) >= MIN_PER_LETTER
    }
    if len(means) < 2:
        return
    best, worst = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    spread = means[best] - means[worst]
    if spread > MAX_LETTER_SPREAD:
        text = (
            f"{best} earns {means[best]:.2f}, {worst} {means[worst]:.2f}: shuffle the options and "
            "look for a policy that prefers one"
        )
        yield Alarm(AlarmKind.LETTER_BIAS, domain, spread, MAX_LETTER_SPREAD, text)


def _one_answer(domain: str, window: Window) -> Iterable[Alarm]:
    if len(window.rewards) < MIN_PER_LETTER or not window.answers:
        return
    ((_, count),) = window.answers.most_common(1)
    share = count / len(window.rewards)
    if share > MAX_ANSWER_SHARE:
        text = f"{share:.0%} of the rollouts give the same answer: look at what it earns"
        yield Alarm(AlarmKind.ONE_ANSWER, domain, share, MAX_ANSWER_SHARE, text)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
