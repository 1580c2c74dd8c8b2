"""What Model Serving exports, added up: gauges of the last whole minute, which a reader has to see minute by minute.

A minute that nobody asked for is lost, which makes the counts smaller and says nothing about either version.
Source: https://docs.databricks.com/en/machine-learning/model-serving/metrics-export-serving-endpoint.html
"""

import re
import time
from collections.abc import Iterable, Mapping

from lakeloop.lifecycle.serving.endpoint import EndpointError
from lakeloop.lifecycle.serving.exposition import Sample, histogram, samples
from lakeloop.lifecycle.serving.observed import Histogram, Observed

REQUESTS, FAILED = "request_count_total", ("request_4xx_count_total", "request_5xx_count_total")
LATENCY = "request_latency_ms_bucket"
_TIME = re.compile(r"\S (\d{12,})$")


class Minutes:
    """Counts by served entity of the whole minutes that began after it was made.

    Args:
        seconds: of a minute; less in tests.
    """

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._counted_to = time.time() + seconds
        self._totals: dict[str, Observed] = {}

    def add(self, text: str, entities: Iterable[str]) -> Mapping[str, Observed]:
        """All counts, with those of this minute where it is a new one.

        Raises EndpointError for an exposition that does not tell the served entities apart.
        """
        ended = _ended(text)
        if ended is None or ended < self._counted_to:
            return dict(self._totals)
        found = _by_entity(text, tuple(entities))
        for entity, seen in found.items():
            self._totals[entity] = _sum(self._totals.get(entity, Observed()), seen)
        self._counted_to = ended + self._seconds / 2  # the same minute again ends earlier than that
        return dict(self._totals)


def _ended(text: str) -> float | None:
    """When the newest sample's minute ended, in seconds since 1970; None where there is none yet."""
    times = [int(found[1]) / 1000 for line in text.splitlines() if (found := _TIME.search(line))]
    return max(times, default=None)


def _by_entity(text: str, entities: tuple[str, ...]) -> dict[str, Observed]:
    all_samples = list(samples(text))
    found = {entity: [s for s in all_samples if entity in s.labels.values()] for entity in entities}
    told = [sample for sample in all_samples if sample.name == REQUESTS]
    if told and not any(found.values()):
        raise EndpointError(
            f"the endpoint's metrics do not tell its versions apart: labels are {dict(told[0].labels)}, expected one "
            f"of them to be {', '.join(entities)}"
        )
    return {entity: _observed(of_it) for entity, of_it in found.items() if of_it}


def _observed(found: list[Sample]) -> Observed:
    errors = sum(sample.value for sample in found if sample.name in FAILED)
    requests = sum(sample.value for sample in found if sample.name == REQUESTS)
    buckets = [sample for sample in found if sample.name == LATENCY]
    latency = histogram(buckets) if buckets else Histogram()
    seconds = Histogram(tuple(bound / 1000 for bound in latency.bounds), latency.counts)
    return Observed(requests=int(requests), errors=int(errors), latency=seconds)


def _sum(total: Observed, seen: Observed) -> Observed:
    return Observed(
        requests=total.requests + seen.requests,
        errors=total.errors + seen.errors,
        latency=_both(total.latency, seen.latency),
    )


def _both(first: Histogram, second: Histogram) -> Histogram:
    if not first.counts or not second.counts:
        return second if second.counts else first
    if first.bounds != second.bounds:
        raise EndpointError(
            f"the endpoint's buckets of latency have changed from {first.bounds} to {second.bounds}"
        )
    counts = tuple(one + other for one, other in zip(first.counts, second.counts, strict=True))
    return Histogram(first.bounds, counts)
