"""Counters since a start become gauges of a minute, each request in exactly one of them."""

from hypothesis import given
from hypothesis import strategies as st

from localbricks.serving.metering.meter import Meter
from localbricks.serving.metering.metrics import Counts, counted, exposition
from localbricks_testing.waiting import wait_until

SCORER = """# TYPE oipscorer_requests_total counter
oipscorer_requests_total{model="orders",version="a.1",status="200"} 7
oipscorer_requests_total{model="orders",version="a.1",status="400"} 2
oipscorer_requests_total{model="orders",status="429"} 9
oipscorer_latency_seconds_bucket{model="orders",version="a.1",le="0.001"} 5
oipscorer_latency_seconds_bucket{model="orders",version="a.1",le="+Inf"} 9
oipscorer_latency_seconds_sum{model="orders",version="a.1"} 0.5
"""


def test_what_a_scorer_exports_is_counted_by_version() -> None:
    assert counted(SCORER) == {
        "a.1": Counts({"200": 7.0, "400": 2.0}, {"0.001": 5.0, "+Inf": 9.0}, 0.5),
    }


def test_a_minute_is_exported_with_its_end() -> None:
    text = exposition("orders", {"champion": counted(SCORER)["a.1"]}, 120_000)
    label = 'endpoint_name="orders",served_entity_name="champion"'
    assert f"request_count_total{{{label}}} 9.0 120000\n" in text
    assert f"request_4xx_count_total{{{label}}} 2.0 120000\n" in text
    assert f"request_5xx_count_total{{{label}}} 0 120000\n" in text
    assert f'request_latency_ms_bucket{{{label},le="1"}} 5.0 120000\n' in text
    assert f"request_latency_ms_sum{{{label}}} 500 120000\n" in text
    assert "# TYPE request_count_total gauge" in text


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_minutes_add_up_to_the_counter(asked: list[int]) -> None:
    total, seen, before = 0, 0.0, Counts()
    for count in asked:
        total += count
        now = Counts({"200": float(total)})
        seen += now.since(before).statuses["200"]
        before = now
    assert seen == total


def test_a_scorer_that_began_anew_is_counted_from_there() -> None:
    assert Counts({"200": 3.0}).since(Counts({"200": 10.0})) == Counts({"200": 3.0})


def test_the_meter_counts_each_request_in_one_minute() -> None:
    looks = iter(range(0, 1000, 10))
    meter = Meter(lambda: {"orders": {"a": Counts({"200": float(next(looks))})}}, seconds=0.1)
    meter.start()
    first = wait_until(lambda: meter.minute("orders")[1], "the first minute")
    wait_until(lambda: meter.minute("orders")[1] > first, "another minute")
    counts, ended = meter.minute("orders")
    meter.close()
    assert counts["a"].statuses == {"200": 10.0}
    assert ended % 100 == 0
    assert meter.minute("nobody")[0] == {}
