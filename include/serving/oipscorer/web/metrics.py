"""``GET /metrics``: what all processes of the server have counted, as Prometheus reads it.

The counters are our own, since a label look-up and a lock of prometheus_client for each of five values cost more than
counting them all here; its classes write the format.
Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import asyncio
from collections.abc import Iterable, Iterator

import numpy as np
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..counters.layout import (
    BATCH,
    IN_FLIGHT,
    LATENCY,
    LOG_DELIVERED,
    LOG_DROPPED,
    LOG_FAILED,
    LOG_WRITTEN,
    SCORE,
    SHADOW_APART,
    SHADOW_DROPPED,
    SHADOW_FAILED,
    SHADOW_ROWS,
    SHADOW_SCORED,
    STATUSES,
    HistogramSlots,
)
from ..counters.totals import Totals, totals
from ..repository.repository import Repository
from ..state.folder import StateFolder, Status
from ..state.members import peers

VERSION = ["model", "version"]
# Written to a file, delivered to Kafka, dropped since the queue was full, or refused by file or Kafka.
LOG_OUTCOMES = {
    "written": LOG_WRITTEN,
    "delivered": LOG_DELIVERED,
    "dropped": LOG_DROPPED,
    "failed": LOG_FAILED,
}
Versions = dict[tuple[str, str], np.ndarray]


class Metrics:
    """The page."""

    def __init__(self, state: StateFolder, repository: Repository) -> None:
        self.state, self.repository = state, repository

    def routes(self) -> list[Route]:
        """The path that Prometheus asks."""
        return [Route("/metrics", self.metrics)]

    async def metrics(self, request: Request) -> Response:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collected(await asyncio.to_thread(self._collected)))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    def _collected(self) -> list[Metric]:
        summed = totals(self.state.counters)
        return [
            *_requests(summed.versions),
            *_shadows(summed.versions),
            *_process(summed, len(peers(self.state))),
            *_models(self.repository, self.state.read().generation),
            *_registry(self.state.status()),
        ]


class _Collected:
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _requests(versions: Versions) -> Iterator[Metric]:
    said = (
        "Inferences answered, by HTTP status; without a version where they were refused before they had one"
    )
    requests = CounterMetricFamily("oipscorer_requests", said, labels=[*VERSION, "status"])
    for key, values in versions.items():
        for status, count in zip((*STATUSES, "other"), values, strict=False):
            if count:
                requests.add_metric([*key, str(status)], float(count))
    yield requests
    yield _histogram("oipscorer_latency_seconds", "From headers to answer", versions, LATENCY)
    yield _histogram("oipscorer_batch_rows", "Rows of a request", versions, BATCH)
    yield _histogram("oipscorer_score", "Scores that were answered", versions, SCORE)


def _histogram(name: str, said: str, versions: Versions, slots: HistogramSlots) -> Metric:
    family = HistogramMetricFamily(name, said, labels=VERSION)
    bounds = [*map(str, slots.bounds), "+Inf"]
    for key, values in versions.items():
        counts = np.cumsum(values[slots.start : slots.sum])
        if counts[-1]:
            buckets = list(zip(bounds, counts.tolist(), strict=True))
            family.add_metric(list(key), buckets, float(values[slots.sum]))
    return family


def _shadows(versions: Versions) -> Iterator[Metric]:
    said = "Requests offered to a shadow, by outcome"
    requests = CounterMetricFamily("oipscorer_shadow_requests", said, labels=[*VERSION, "outcome"])
    rows = CounterMetricFamily(
        "oipscorer_shadow_rows", "Rows with both an answer and a shadow's", labels=VERSION
    )
    apart = CounterMetricFamily(
        "oipscorer_shadow_difference", "Sum over these rows of |shadow - answer|", labels=VERSION
    )
    outcomes = {"scored": SHADOW_SCORED, "dropped": SHADOW_DROPPED, "failed": SHADOW_FAILED}
    for key, values in versions.items():
        if any(values[slot] for slot in outcomes.values()):
            for outcome, slot in outcomes.items():
                requests.add_metric([*key, outcome], float(values[slot]))
            rows.add_metric(list(key), float(values[SHADOW_ROWS]))
            apart.add_metric(list(key), float(values[SHADOW_APART]))
    yield from (requests, rows, apart)


def _process(summed: Totals, members: int) -> Iterator[Metric]:
    process = summed.process
    yield GaugeMetricFamily("oipscorer_in_flight", "Inferences in flight", float(process[IN_FLIGHT]))
    yield GaugeMetricFamily("oipscorer_members", "Processes that follow the state", float(members))
    log = CounterMetricFamily("oipscorer_log_records", "Records of the request log", labels=["outcome"])
    for outcome, slot in LOG_OUTCOMES.items():
        log.add_metric([outcome], float(process[slot]))
    yield log


def _models(repository: Repository, generation: int) -> Iterator[Metric]:
    yield GaugeMetricFamily("oipscorer_generation", "The newest generation of the state", float(generation))
    ready = GaugeMetricFamily("oipscorer_version_ready", "1 where a version is READY", labels=VERSION)
    weight = GaugeMetricFamily("oipscorer_version_weight", "Percent of the requests", labels=VERSION)
    for model in repository.models.values():
        for number, entry in model.entries.items():
            ready.add_metric([model.name, number], float(entry.state == "READY"))
            weight.add_metric([model.name, number], float(model.weight(number)))
    yield from (ready, weight)


def _registry(status: Status | None) -> Iterator[Metric]:
    if status is not None:
        said = "1 while the model registry answers"
        family = GaugeMetricFamily("oipscorer_registry_reachable", said, labels=["model"])
        family.add_metric([status.registered], float(status.reachable))
        yield family
