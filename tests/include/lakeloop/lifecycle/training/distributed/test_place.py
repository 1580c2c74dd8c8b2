"""Rows that outgrow one machine go to the workers, and the reason is said."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeloop.config.use_case.training import Training
from lakeloop.lifecycle.training.distributed.place import (
    BYTES_PER_VALUE,
    DataTooLargeError,
    Machine,
    Size,
    decide,
    physical_memory,
    require_on_driver,
    size_in_bytes,
)

GB = 10**9
SMALL, LARGE = Size(100_000, 35), Size(100_000_000, 35)
LAPTOP = Machine(memory=16 * GB, result_limit=2**30)
UNLIMITED = dataclasses.replace(LAPTOP, result_limit=0)


def test_what_fits_is_trained_on_the_driver() -> None:
    place = decide(Training(), SMALL, LAPTOP)

    assert not place.is_distributed
    assert place.tags == {"training_place": "driver", "training_place_reason": place.reason}
    assert "100,000 rows of 35 features need about 0.23 GB" in str(place)
    assert "may fill 8 GB of 16 GB" in str(place)


def test_what_outgrows_the_memory_is_trained_by_the_workers() -> None:
    place = decide(Training(workers=4), LARGE, UNLIMITED)

    assert place.workers == 4
    assert place.tags["training_place"] == "4 workers"
    assert "100,000,000 rows of 35 features need about" in place.reason
    assert "the driver may fill 8 GB of 16 GB" in place.reason


def test_so_is_what_one_query_may_not_bring_to_the_driver() -> None:
    rows = Size(3_600_000, 35)

    assert decide(Training(), rows, dataclasses.replace(LAPTOP, memory=64 * GB)).is_distributed
    assert not decide(Training(), rows, dataclasses.replace(UNLIMITED, memory=64 * GB)).is_distributed


@given(
    rows=st.integers(0, 10**12),
    features=st.integers(1, 10_000),
    memory=st.integers(1, 10**13),
    share=st.floats(0.01, 1),
)
def test_auto_never_fills_more_than_its_share(rows: int, features: int, memory: int, share: float) -> None:
    size = Size(rows, features)

    place = decide(Training(memory_share=share), size, Machine(memory))

    assert place.is_distributed == (size.needed > share * memory)
    assert size.needed >= rows * features * BYTES_PER_VALUE


@pytest.mark.parametrize(("rows", "distributed"), [(1000, False), (1001, True)])
def test_a_number_of_rows_may_decide_alone(rows: int, distributed: bool) -> None:
    tiny = Machine(memory=1, result_limit=1)

    place = decide(Training(max_rows=1000), Size(rows, 5), tiny)

    assert place.is_distributed == distributed
    assert "training.max_rows (1,000)" in place.reason


@pytest.mark.parametrize(("rows", "workers"), [(1, 3), (10**12, 3)])
def test_always_means_always(rows: int, workers: int) -> None:
    assert decide(Training(distributed="always", workers=3), Size(rows, 1), LAPTOP).workers == workers


def test_never_fills_all_of_the_memory_and_no_more() -> None:
    never = Training(distributed="never")
    more_than_half = Size(5_000_000, 35)

    assert decide(Training(), more_than_half, UNLIMITED).is_distributed
    assert not decide(never, more_than_half, UNLIMITED).is_distributed
    with pytest.raises(
        DataTooLargeError, match=r"never, but 100,000,000 rows .* Set training\.distributed to auto"
    ):
        decide(never, LARGE, UNLIMITED)
    with pytest.raises(DataTooLargeError, match=r"takes 1\.1 GB \(spark\.driver\.maxResultSize\)"):
        decide(never, more_than_half, LAPTOP)


def test_a_holdout_that_cannot_be_judged_is_named_with_its_key() -> None:
    require_on_driver(SMALL, LAPTOP, "holdout part", "Lower split.holdout")
    with pytest.raises(
        DataTooLargeError, match=r"the holdout part has 100,000,000 rows .* Lower split\.holdout"
    ):
        require_on_driver(LARGE, UNLIMITED, "holdout part", "Lower split.holdout")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1g", 2**30),
        ("512m", 512 * 2**20),
        ("4GB", 4 * 2**30),
        ("2k", 2048),
        ("100b", 100),
        ("7", 7),
    ],
)
def test_sizes_as_spark_means_them(text: str, expected: int) -> None:
    assert size_in_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "g", "1x", "1.5g", "-1"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a size such as 4g"):
        size_in_bytes(text)


def test_this_machine_has_memory() -> None:
    assert GB / 2 < physical_memory() < 10**14
