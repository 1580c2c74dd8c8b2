"""Gauges of a minute become counts: each minute once, those before the first look left out."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeloop.lifecycle.serving.endpoint import EndpointError
from lakeloop.lifecycle.serving.minutes import Minutes
from lakeloop.lifecycle.serving.observed import Histogram, Observed

NAMES = ("version-1", "version-2")


def exported(
    ended: float, count: int, failed: int = 0, name: str = "version-1", label: str = "served"
) -> str:
    """As Model Serving writes it."""
    labels, millis = f'endpoint_name="e",{label}="{name}"', int(ended * 1000)
    lines = [
        f"request_count_total{{{labels}}} {count} {millis}",
        f"request_4xx_count_total{{{labels}}} {failed} {millis}",
        f"request_5xx_count_total{{{labels}}} 0 {millis}",
        f'request_latency_ms_bucket{{{labels},le="5"}} {count - 1} {millis}',
        f'request_latency_ms_bucket{{{labels},le="+Inf"}} {count} {millis}',
    ]
    return "# TYPE request_count_total gauge\n" + "\n".join(lines) + "\n"


@given(
    minutes=st.lists(st.integers(1, 500), min_size=1, max_size=6),
    repeated=st.integers(1, 3),
    label=st.text("ab", min_size=1),
)
def test_each_minute_counts_once_however_often_it_is_seen(
    minutes: list[int], repeated: int, label: str
) -> None:
    reader, first = Minutes(), time.time() + 61
    for place, count in enumerate(minutes):
        for _ in range(repeated):
            seen = reader.add(exported(first + 60 * place, count, label=label), NAMES)
    total, latency = sum(minutes), Histogram((0.005,), (sum(minutes) - len(minutes), len(minutes)))
    assert seen == {"version-1": Observed(requests=total, latency=latency)}


def test_a_minute_that_began_before_the_reader_is_left_out() -> None:
    reader = Minutes()
    assert reader.add(exported(time.time() + 30, 9), NAMES) == {}
    assert reader.add("", NAMES) == {}
    assert reader.add(exported(time.time() + 90, 9, 4), NAMES)["version-1"].errors == 4


def test_counts_never_go_back_where_a_version_is_missing_from_a_minute() -> None:
    reader, first = Minutes(), time.time() + 61
    reader.add(exported(first, 9), NAMES)
    seen = reader.add(exported(first + 60, 5, name="version-2"), NAMES)
    assert {name: of_it.requests for name, of_it in seen.items()} == {"version-1": 9, "version-2": 5}


@pytest.mark.parametrize("name", ["somebody", "version-12"])
def test_metrics_that_do_not_tell_versions_apart_are_refused(name: str) -> None:
    said = r"do not tell its versions apart: labels are .*expected one of them to be version-1, version-2"
    with pytest.raises(EndpointError, match=said):
        Minutes().add(exported(time.time() + 61, 9, name=name), NAMES)


def test_buckets_that_change_are_said() -> None:
    reader, first = Minutes(), time.time() + 61
    reader.add(exported(first, 9), NAMES)
    with pytest.raises(EndpointError, match="buckets of latency have changed"):
        reader.add(exported(first + 60, 9).replace('le="5"', 'le="10"'), NAMES)


def test_what_is_no_exposition_is_refused() -> None:
    wrong = f"request count {int(time.time() + 90)}000"
    with pytest.raises(ValueError, match="is no line of Prometheus"):
        Minutes().add(wrong, NAMES)
