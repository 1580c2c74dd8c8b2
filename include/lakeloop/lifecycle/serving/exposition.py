"""Prometheus' text format, as far as counters and histograms of an endpoint need it.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lakeloop.lifecycle.serving.observed import Histogram

_NUMBER = r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Inf|NaN)"
_SAMPLE = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{(.*)\}})? ({_NUMBER})(?: -?\d+)?", re.IGNORECASE)
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Sample:
    """One line."""

    name: str
    labels: Mapping[str, str]
    value: float


def samples(text: str) -> Iterator[Sample]:
    """All samples, in order. Raises ValueError for a line that is none."""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        found = _SAMPLE.fullmatch(line.strip())
        if found is None:
            raise ValueError(f"{line!r} is no line of Prometheus' text format")
        labels = {name: _plain(value) for name, value in _LABEL.findall(found[2] or "")}
        yield Sample(found[1], labels, float(found[3]))


def histogram(buckets: Iterable[Sample]) -> Histogram:
    """Of the samples ``..._bucket`` of one series, whose counts are cumulative."""
    rising = sorted((float(sample.labels["le"]), int(sample.value)) for sample in buckets)
    cumulative = [count for _, count in rising]
    counts = [count - before for count, before in zip(cumulative, [0, *cumulative], strict=False)]
    return Histogram(tuple(bound for bound, _ in rising[:-1]), tuple(counts))


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], value)
