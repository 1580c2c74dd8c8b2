"""What the scorer's metrics say, and what is wrong with an address."""

import pytest

from lakeloop.lifecycle.serving.endpoint import EndpointError
from lakeloop.lifecycle.serving.exposition import samples
from lakeloop.lifecycle.serving.observed import CountersResetError, Histogram, Observed
from lakeloop.lifecycle.serving.scorer import Scorer, observed, scorer_of

METRICS = r"""
# HELP oipscorer_requests_total Inferences
# TYPE oipscorer_requests_total counter
oipscorer_requests_total{model="m",status="200",version="3"} 90.0
oipscorer_requests_total{model="m",status="500",version="3"} 7.0
oipscorer_requests_total{model="m",status="429",version=""} 3.0
oipscorer_requests_total{model="other",status="500",version="3"} 1.0
oipscorer_latency_seconds_bucket{le="0.001",model="m",version="3"} 80.0
oipscorer_latency_seconds_bucket{le="0.01",model="m",version="3"} 95.0
oipscorer_latency_seconds_bucket{le="+Inf",model="m",version="3"} 97.0
oipscorer_shadow_requests_total{model="m",outcome="scored",version="4"} 10.0
oipscorer_shadow_requests_total{model="m",outcome="dropped",version="4"} 5.0
oipscorer_shadow_requests_total{model="m",outcome="failed",version="4"} 2.0
oipscorer_shadow_rows_total{model="m",version="4"} 20.0
oipscorer_shadow_difference_total{model="m",version="4"} 0.5
"""


def test_counts_are_of_each_version_and_of_this_model() -> None:
    found = observed(METRICS, "m")

    assert found["3"].requests == 97
    assert found["3"].errors == 7
    assert found["3"].latency == Histogram((0.001, 0.01), (80, 15, 2))
    assert (found["4"].shadow_requests, found["4"].shadow_errors) == (12, 2)
    assert (found["4"].shadow_rows, found["4"].shadow_difference) == (20, 0.5)


def test_a_label_may_hold_what_is_escaped() -> None:
    [sample] = samples(r'm{name="a\"b\\c\nd,e=\"f\"",x="1"} 2')

    assert sample.labels == {"name": 'a"b\\c\nd,e="f"', "x": "1"}


def test_what_is_no_metric_is_named() -> None:
    with pytest.raises(ValueError, match="'<html>' is no line of Prometheus"):
        list(samples("<html>"))


def test_counters_that_went_back_are_named() -> None:
    with pytest.raises(CountersResetError, match=r"has counted 5 requests .* fewer than the 9"):
        Observed(requests=5).since(Observed(requests=9))


@pytest.mark.parametrize("said", [None, "", "{}", "[]", "http://127.0.0.1:1"])
def test_a_missing_address_names_the_variable_and_what_it_should_be(said: str | None) -> None:
    with pytest.raises(EndpointError, match=r"LAKELOOP_SCORERS is .*JSON"):
        scorer_of("fraud", "m", {} if said is None else {"LAKELOOP_SCORERS": said})


def test_an_endpoint_that_is_not_there_is_named() -> None:
    with pytest.raises(EndpointError, match=r"GET http://127\.0\.0\.1:1/v2/repository/models/m/traffic: "):
        Scorer("http://127.0.0.1:1", "m").traffic()
