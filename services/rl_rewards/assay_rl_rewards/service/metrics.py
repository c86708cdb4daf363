"""What the reward service counts beside its requests: rewards, verifier time, workers, files."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from assay.domain.reward import Reward, RewardStatus
from assay_rl_rewards.pool.observer import EndCause

SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
NO_ROUTE = "none"


class RewardMetrics:
    """Counters of one service, in its application's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._rewards = Counter(
            "assay_rl_rewards_rewards",
            "Rollouts answered, by domain and status.",
            ("domain", "status"),
            registry=registry,
        )
        self._nulls = Counter(
            "assay_rl_rewards_nulls",
            "Rollouts whose reward is null, by domain.",
            ("domain",),
            registry=registry,
        )
        self._seconds = Histogram(
            "assay_rl_rewards_verifier_seconds",
            "Time that verifiers took for one rollout, waiting not included.",
            ("domain",),
            buckets=SECONDS,
            registry=registry,
        )
        self._counts: dict[tuple[str, str], Counter] = {}
        self._times: dict[str, Histogram] = {}

    def watch(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Show a figure of the service as it is when it is asked for."""
        gauge = Gauge(f"assay_rl_rewards_{name}", text, registry=self._registry)
        gauge.set_function(read)

    def count(self, rewards: Iterable[Reward]) -> None:
        """Count the rewards of one request."""
        for reward in rewards:
            domain = reward.verifier or NO_ROUTE
            self._counter(domain, reward.status).inc()
            if reward.reward is None:
                self._nulls.labels(domain).inc()
            self._histogram(domain).observe(reward.milliseconds / 1000)

    def _counter(self, domain: str, status: str) -> Counter:
        child = self._counts.get((domain, status))
        if child is None:
            child = self._counts[domain, status] = self._rewards.labels(domain, status)
        return child

    def _histogram(self, domain: str) -> Histogram:
        child = self._times.get(domain)
        if child is None:
            child = self._times[domain] = self._seconds.labels(domain)
        return child


class PoolMetrics:
    """Counts what happens in the pool; a `PoolObserver`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "assay_rl_rewards_answers",
            "Answers graded, by status; shared: an equal one had been, or was at work.",
            ("status", "shared"),
            registry=registry,
        )
        self._waited = Histogram(
            "assay_rl_rewards_wait_seconds",
            "Time that an answer waited for a worker.",
            buckets=SECONDS,
            registry=registry,
        )
        self._started = Counter(
            "assay_rl_rewards_workers_started", "Workers that became ready.", registry=registry
        )
        self._unfiltered = Counter(
            "assay_rl_rewards_workers_unfiltered",
            "Workers that became ready although the kernel filters none of their system calls.",
            registry=registry,
        )
        self._ended = Counter(
            "assay_rl_rewards_workers_ended",
            "Workers that are gone, by cause.",
            ("cause",),
            registry=registry,
        )

    def item_done(self, status: RewardStatus, *, is_shared: bool, waited_seconds: float) -> None:
        """One answer has its outcome."""
        self._answers.labels(status, "yes" if is_shared else "no").inc()
        if not is_shared:
            self._waited.observe(waited_seconds)

    def worker_started(self, *, is_filtered: bool) -> None:
        """A worker is ready."""
        self._started.inc()
        if not is_filtered:
            self._unfiltered.inc()

    def worker_ended(self, cause: EndCause) -> None:
        """A worker is gone."""
        self._ended.labels(cause).inc()


class KeepMetrics:
    """Counts what is kept; on the service's metrics where it keeps anything."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._rows = Counter(
            "assay_rl_rewards_kept_rows", "Rewards written into files.", registry=registry
        )
        self._files = Counter("assay_rl_rewards_kept_files", "Files written.", registry=registry)
        self._failures = Counter(
            "assay_rl_rewards_keep_failures", "Files that the disk refused.", registry=registry
        )

    def written(self, num_rows: int) -> None:
        """One file of `num_rows` rewards is on the disk."""
        self._rows.inc(num_rows)
        self._files.inc()

    def failed(self) -> None:
        """The disk refused one; its rewards wait on."""
        self._failures.inc()
