"""What the bot counts, in Prometheus' terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
BREAKER_LEVELS = {"closed": 0, "half_open": 1, "open": 2}


class Metrics:
    """One registry a process: asks by source and state, latency, queue, breaker, silence with its reason."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._asks = Counter(
            "gongkao_asks", "Questions by source and state", ["source", "state"], registry=self.registry
        )
        self._seconds = Histogram(
            "gongkao_answer_seconds", "Receipt to answer", ["source"], buckets=_SECONDS, registry=self.registry
        )
        self._ignored = Counter(
            "gongkao_ignored_events", "Events without a reply, by reason", ["reason"], registry=self.registry
        )
        self._bank_size = Gauge("gongkao_bank_questions", "Questions that can answer", registry=self.registry)

    def answered(self, source: str, state: str, seconds: float) -> None:
        self._asks.labels(source, state).inc()
        self._seconds.labels(source).observe(seconds)

    def ignored(self, reason: str) -> None:
        """An event that gets no reply, and why."""
        self._ignored.labels(reason).inc()

    def watch_bank(self, size: Callable[[], int]) -> None:
        self._bank_size.set_function(size)

    def watch_model(self, queue: Callable[[], int], in_flight: Callable[[], int], breaker: Callable[[], str]) -> None:
        self.registry.register(_ModelGauges(queue, in_flight, breaker))

    def exposition(self) -> bytes:
        """The text format that Prometheus scrapes."""
        return generate_latest(self.registry)


class _ModelGauges(Collector):
    def __init__(self, queue: Callable[[], int], in_flight: Callable[[], int], breaker: Callable[[], str]) -> None:
        self._queue, self._in_flight, self._breaker = queue, in_flight, breaker

    def collect(self) -> Iterable[Metric]:
        for name, text, value in (
            ("gongkao_model_queue_length", "Questions waiting for the model", self._queue()),
            ("gongkao_model_in_flight", "Requests at the model server", self._in_flight()),
            (
                "gongkao_model_breaker_state",
                "0 closed, 1 half open, 2 open",
                BREAKER_LEVELS.get(self._breaker(), 2),
            ),
        ):
            gauge = GaugeMetricFamily(name, text)
            gauge.add_metric([], value)
            yield gauge
