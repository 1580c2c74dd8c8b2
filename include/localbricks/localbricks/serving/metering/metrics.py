"""What Model Serving exports: gauges of the last whole minute, by served entity.

Databricks names them counters and means the requests of one minute, with the minute's end as the sample's time. The
labels here are a guess: no page of Databricks tells them.
Source: https://docs.databricks.com/en/machine-learning/model-serving/metrics-export-serving-endpoint.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_REQUESTS = re.compile(r"oipscorer_requests_total\{(.*)\} (\S+)")
_BUCKET = re.compile(r"oipscorer_latency_seconds_bucket\{(.*)\} (\S+)")
_SUM = re.compile(r"oipscorer_latency_seconds_sum\{(.*)\} (\S+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Counts:
    """Of one version: since its scorer started, or of one minute.

    Args:
        statuses: requests by HTTP status.
        buckets: cumulative counts by upper bound in seconds, as Prometheus writes it.
        seconds: sum of all latencies.
    """

    statuses: Mapping[str, float] = field(default_factory=dict)
    buckets: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def since(self, before: "Counts") -> "Counts":
        """What was added; all of it where the scorer has begun to count anew."""
        if sum(before.statuses.values()) > sum(self.statuses.values()):
            return self
        return Counts(
            _minus(self.statuses, before.statuses),
            _minus(self.buckets, before.buckets),
            self.seconds - before.seconds,
        )


def counted(text: str) -> dict[str, Counts]:
    """Counts by version of what a scorer exports."""
    found: dict[str, tuple[dict[str, float], dict[str, float], list[float]]] = {}
    for version, key, value, kind in _samples(text):
        statuses, buckets, seconds = found.setdefault(version, ({}, {}, []))
        if kind is _REQUESTS:
            statuses[key] = value
        elif kind is _BUCKET:
            buckets[key] = value
        else:
            seconds.append(value)
    return {
        version: Counts(statuses, buckets, sum(seconds))
        for version, (statuses, buckets, seconds) in found.items()
    }


def exposition(endpoint: str, counts: Mapping[str, Counts], ended: int) -> str:
    """Text of the minute that ended then; `counts` by served entity, `ended` in milliseconds since 1970."""
    lines: list[str] = []
    for name, statuses in (("count", ""), ("4xx_count", "4"), ("5xx_count", "5")):
        lines.append(f"# TYPE request_{name}_total gauge")
        for entity, seen in counts.items():
            total = sum(value for status, value in seen.statuses.items() if status.startswith(statuses))
            lines.append(f"request_{name}_total{{{_labels(endpoint, entity)}}} {total} {ended}")
    lines.append("# TYPE request_latency_ms histogram")
    for entity, seen in counts.items():
        lines.extend(_latency(_labels(endpoint, entity), seen, ended))
    return "\n".join(lines) + "\n"


def _latency(labels: str, seen: Counts, ended: int) -> Iterator[str]:
    for bound, value in seen.buckets.items():
        millis = bound if bound == "+Inf" else f"{float(bound) * 1000:g}"
        yield f'request_latency_ms_bucket{{{labels},le="{millis}"}} {value} {ended}'
    yield f"request_latency_ms_sum{{{labels}}} {1000 * seen.seconds:g} {ended}"
    yield f"request_latency_ms_count{{{labels}}} {seen.buckets.get('+Inf', 0.0)} {ended}"


def _labels(endpoint: str, entity: str) -> str:
    return f'endpoint_name="{endpoint}",served_entity_name="{entity}"'


def _samples(text: str) -> Iterator[tuple[str, str, float, re.Pattern[str]]]:
    for line in text.splitlines():
        for kind, key in ((_REQUESTS, "status"), (_BUCKET, "le"), (_SUM, "")):
            found = kind.match(line)
            labels = dict(_LABEL.findall(found[1])) if found else {}
            if found and labels.get("version"):
                yield labels["version"], labels.get(key, ""), float(found[2]), kind


def _minus(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {key: value - before.get(key, 0.0) for key, value in now.items()}
