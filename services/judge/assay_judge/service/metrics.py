"""What the judge service counts beside its requests: decisions, errors, tokens, quotes, load."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from assay.domain.judgement import Judgement, Usage
from assay.domain.verdict import Verdict
from assay.web.metrics import SECONDS
from assay.web.saturation import Admission

_NO_MODE = "none"


class JudgeMetrics:
    """Counters of one service, in its application's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._judgements = self._counter(
            "judgements", "Assistant turns judged, by decision.", ("decision", "mode")
        )
        self._errors = self._counter("errors", "Samples not judged, by code.", ("code",))
        self._tokens = self._counter("tokens", "Tokens that judgements used.", ("kind",))
        self._calls = self._counter("calls", "Calls to the model server.", ())
        self._retries = self._counter("retries", "Calls that were repeated.", ())
        self._hits = self._counter("cache_hits", "Judgements that came from the cache.", ())
        self._fabricated = self._counter(
            "fabricated_quotes", "Quotes that do not stand in the response.", ()
        )
        self._seconds = Histogram(
            "assay_judge_judgement_seconds",
            "Time that one judgement spent with the model server.",
            buckets=SECONDS,
            registry=registry,
        )
        self._children: dict[tuple[str, str], Counter] = {}

    def watch(self, admission: Admission, concurrency: Callable[[], int]) -> None:
        """Show the load: samples at work and waiting, and what the limiter allows."""
        for name, text, read in (
            ("samples_in_flight", "Samples being judged.", lambda: admission.num_in_flight),
            ("samples_queued", "Samples that wait.", lambda: admission.num_queued),
            ("limiter_concurrency", "Calls to the model server allowed at a time.", concurrency),
        ):
            gauge = Gauge(f"assay_judge_{name}", text, registry=self._registry)
            gauge.set_function(read)

    def count(self, judgements: Sequence[Judgement], verdicts: Sequence[Verdict]) -> None:
        """Count one judged sample."""
        for judgement, verdict in zip(judgements, verdicts, strict=True):
            self._judged(verdict.decision, judgement.mode or _NO_MODE).inc()
            if judgement.num_fabricated_quotes:
                self._fabricated.inc(judgement.num_fabricated_quotes)
            if judgement.usage is not None:
                self._count_usage(judgement.usage)

    def count_error(self, code: str) -> None:
        """Count one sample that was not judged."""
        self._errors.labels(code).inc()

    def _count_usage(self, usage: Usage) -> None:
        if usage.from_cache:
            self._hits.inc(usage.from_cache)
        if not usage.num_calls:
            return
        self._calls.inc(usage.num_calls)
        self._retries.inc(usage.num_retries)
        self._tokens.labels("prompt").inc(usage.num_prompt_tokens)
        self._tokens.labels("cached").inc(usage.num_cached_tokens or 0)
        self._tokens.labels("completion").inc(usage.num_completion_tokens)
        self._seconds.observe(usage.milliseconds / 1000)

    def _judged(self, decision: str, mode: str) -> Counter:
        child = self._children.get((decision, mode))
        if child is None:
            child = self._children[decision, mode] = self._judgements.labels(decision, mode)
        return child

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"assay_judge_{name}", text, labels, registry=self._registry)
