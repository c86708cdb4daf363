"""What the judge service counts beside its requests: decisions, errors, tokens, quotes, load."""

import math
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from assay.domain.judgement import Judgement, Usage
from assay.domain.verdict import Verdict
from assay.web.metrics import SECONDS
from assay.web.saturation import Admission
from assay_judge.service.judges import JudgeSource

_NO_MODE = "none"


class JudgeMetrics:
    """Counters of one service, in its application's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._judgements = self._counter(
            "judgements", "Assistant turns judged, by decision.", ("decision", "mode")
        )
        self._errors = self._counter("errors", "Samples not judged, by code.", ("code",))
        tokens = self._counter("tokens", "Tokens that judgements used.", ("kind",))
        self._token_kinds = [tokens.labels(kind) for kind in ("prompt", "cached", "completion")]
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

    def watch(self, admission: Admission, source: JudgeSource) -> None:
        """Show the load (samples at work and waiting, what the limiter allows) and the cost."""
        for name, text, read in (
            ("samples_in_flight", "Samples being judged.", lambda: admission.num_in_flight),
            ("samples_queued", "Samples that wait.", lambda: admission.num_queued),
            (
                "limiter_concurrency",
                "Calls to the model server allowed at a time.",
                source.concurrency,
            ),
            ("cost_usd", "US dollars since the start; NaN without a price.", lambda: _cost(source)),
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
        prompt, cached, completion = self._token_kinds
        prompt.inc(usage.num_prompt_tokens)
        cached.inc(usage.num_cached_tokens or 0)
        completion.inc(usage.num_completion_tokens)
        self._seconds.observe(usage.milliseconds / 1000)

    def _judged(self, decision: str, mode: str) -> Counter:
        child = self._children.get((decision, mode))
        if child is None:
            child = self._children[decision, mode] = self._judgements.labels(decision, mode)
        return child

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"assay_judge_{name}", text, labels, registry=self._registry)


def _cost(source: JudgeSource) -> float:
    cost = source.cost_micro_usd()
    return math.nan if cost is None else cost / 1_000_000
