"""Which version answers: by weight, by key, and only as asked."""

from collections import Counter

import pytest

from oipscorer.errors import RefusedError
from oipscorer.repository.traffic import Route, Traffic, bucket_of, check_traffic

KEYS = [f"household-{number}" for number in range(20_000)]


def shares(route: Route) -> Counter[str]:
    return Counter(route.choose(key) for key in KEYS)


def test_keys_are_shared_out_by_weight() -> None:
    counted = shares(Route("churn", Traffic({"1": 90, "2": 9, "3": 1, "4": 0})))

    for number, percent in {"1": 90, "2": 9, "3": 1}.items():
        mean = len(KEYS) * percent / 100
        assert abs(counted[number] - mean) < 5 * (mean * (1 - percent / 100)) ** 0.5
    assert counted["4"] == 0


def test_requests_without_a_key_are_shared_out_by_weight() -> None:
    route = Route("churn", Traffic({"1": 75, "2": 25}))

    second = sum(route.choose(None) == "2" for _ in range(10_000))

    assert abs(second - 2500) < 5 * (10_000 * 0.25 * 0.75) ** 0.5


def test_a_key_keeps_its_version_and_moves_at_most_once_as_a_canary_grows() -> None:
    steps = [Route("churn", Traffic({"1": 100 - share, "2": share})) for share in (0, 5, 25, 100)]

    for key in KEYS[:500]:
        path = [route.choose(key) for route in steps]
        assert path == sorted(path)
        assert path == [route.choose(key) for route in steps]


def test_the_hash_is_the_one_that_is_documented() -> None:
    # any process, any machine: BLAKE2b-64 of name NUL key, big endian, modulo 10,000
    assert [bucket_of("churn", key) for key in ("household-1", "household-2", 17)] == [861, 9957, 7709]
    assert bucket_of("churn", 17) == bucket_of("churn", "17") != bucket_of("spend", 17)


@pytest.mark.parametrize(
    ("traffic", "said"),
    [
        (Traffic({"1": 60, "2": 30}), "weights: their sum is 90, expected 100"),
        (Traffic({}), "weights: their sum is 0, expected 100"),
        (Traffic({"1": 110, "2": -10}), "weights.2: -10, expected 0 or more"),
        (Traffic({"1": 50, "9": 50}), "weights, shadows: 9, expected versions that are READY (1, 2)"),
        (Traffic({"1": 100}, ("9",)), "weights, shadows: 9, expected versions that are READY (1, 2)"),
        (Traffic({"1": 100}, ("1",)), "shadows: 1 also in weights"),
        (Traffic({"1": 100}, ("2", "2")), "shadows: 2, 2, expected each once"),
    ],
)
def test_traffic_that_cannot_be_directed_is_refused(traffic: Traffic, said: str) -> None:
    with pytest.raises(RefusedError) as error:
        check_traffic(traffic, {"1", "2"})

    assert error.value.status == 400
    assert said in error.value.message
