"""``GET /metrics``: what this process has counted, as Prometheus reads it.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import CollectorRegistry

from .models.serving import Serving
from .states import Told

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counters of requests, answers, interactions and the store; the model is looked at when asked."""

    def __init__(self, serving: Serving) -> None:
        self._registry = registry = CollectorRegistry(auto_describe=False)
        self._seconds = Histogram(
            "rankstream_request_seconds",
            "From headers to answer, by the version that answered",
            ["route", "version"],
            buckets=SECONDS,
            registry=registry,
        )
        self._requests = Counter(
            "rankstream_requests", "Requests by HTTP status", ["route", "status"], registry=registry
        )
        self._answers = Counter(
            "rankstream_suggestions", "Answers by what they rest on", ["basis", "version"], registry=registry
        )
        self._interactions = Counter(
            "rankstream_interactions", "Interactions that moved a state on", registry=registry
        )
        self._conflicts = Counter(
            "rankstream_conflicts", "Writes that another writer was quicker than", registry=registry
        )
        self._failures = Counter(
            "rankstream_store_failures", "Calls of the store that failed", registry=registry
        )
        self.in_flight = Gauge("rankstream_in_flight", "Requests being answered", registry=registry)
        registry.register(_OfModel(serving))

    def page(self) -> bytes:
        """The whole page."""
        return generate_latest(self._registry)

    def answered(self, route: str, version: str, status: int, seconds: float) -> None:
        """A request has ended."""
        self._seconds.labels(route, version).observe(seconds)
        self._requests.labels(route, status).inc()

    def turned_away(self, status: int) -> None:
        """A request was refused before its path was looked at."""
        self._requests.labels("", status).inc()

    def suggested(self, version: str, told: Sequence[Told]) -> None:
        """Suggestions were made."""
        for each in told:
            self._answers.labels(each.suggestions.basis, version).inc()

    def observed(self, interactions: int) -> None:
        """States were moved on."""
        self._interactions.inc(interactions)

    def conflicted(self) -> None:
        """Another writer was quicker."""
        self._conflicts.inc()

    def failed(self) -> None:
        """The store did not answer."""
        self._failures.inc()


class _OfModel:
    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def collect(self) -> Iterable[Metric]:
        serving = self._serving
        yield GaugeMetricFamily(
            "rankstream_registry_followed", "1 where the last look succeeded", float(not serving.trouble)
        )
        refused = GaugeMetricFamily(
            "rankstream_version_refused", "Versions that may not answer", labels=["version"]
        )
        for number in serving.refused:
            refused.add_metric([number], 1.0)
        yield refused
        yield from _of_version(serving)


def _of_version(serving: Serving) -> Iterator[Metric]:
    current = serving.current
    if current is None:
        return
    model = current.recommender.model
    told = GaugeMetricFamily("rankstream_model", "1 for the version that answers", labels=["version"])
    told.add_metric([current.number], 1.0)
    yield told
    yield GaugeMetricFamily(
        "rankstream_catalogue_items", "Items that can be suggested", float(len(model.catalogue))
    )
    said = "The newest interaction that the statistics of items know, in seconds since 1970"
    yield GaugeMetricFamily("rankstream_statistics_end_seconds", said, model.until / 1000)
