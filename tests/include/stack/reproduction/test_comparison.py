"""Then and now: what decides, and what is only said."""

import json
from typing import Any

import pytest

from lakeloop_stack.reproduction.comparison import Line, compare, reproduced
from lakeloop_stack.reproduction.version import PinnedVersion

DETERMINED = {"seed": 2017, "threads": 1, "python": "3.11.2", "machine": "x86_64"}
HASHES = {"training": "a" * 64, "holdout": "b" * 64, "features": "c" * 64}
PREDICTIONS = {"rows": 270, "then": "d" * 64, "now": "d" * 64, "differing": 0, "largest_difference": 0.0}
VERSION = PinnedVersion(
    "m",
    "1",
    "run",
    {
        "code_revision": "1" * 40,
        "lock_hash": "2" * 64,
        "data_hashes": json.dumps(HASHES),
        "determined_by": json.dumps(DETERMINED),
    },
    {"holdout_auc": 0.857, "simpler_auc": 0.85},
)


def lines(revision: str = "1" * 40, lock: str = "2" * 64, **changes: Any) -> list[Line]:
    now = {"data_hashes": HASHES, "determined_by": DETERMINED, "metrics": {"holdout_auc": 0.857}}
    return compare(VERSION, revision, lock, now | {"predictions": PREDICTIONS} | changes)


def test_when_all_is_the_same_it_is_reproduced() -> None:
    assert reproduced(lines())
    assert all(line.same for line in lines())
    assert [line.what for line in lines()][-1] == "270 holdout predictions, bit for bit"


@pytest.mark.parametrize(
    "changes",
    [
        {"revision": "3" * 40},
        {"lock": "3" * 64},
        {"data_hashes": HASHES | {"holdout": "e" * 64}},
        {"determined_by": DETERMINED | {"seed": 1}},
        {"determined_by": DETERMINED | {"threads": 2}},
        {"metrics": {"holdout_auc": 0.857 + 2e-9}},
        {"metrics": {"holdout_auc": float("nan")}},
        {"metrics": {"holdout_brier": 0.1}},
        {"predictions": PREDICTIONS | {"now": "e" * 64, "differing": 1, "largest_difference": 1e-17}},
    ],
)
def test_each_difference_that_decides_is_one_line(changes: dict[str, Any]) -> None:
    found = lines(**changes)

    assert not reproduced(found)
    assert [line.same for line in found].count(False) == 1


def test_a_metric_may_differ_in_its_tenth_digit() -> None:
    assert reproduced(lines(metrics={"holdout_auc": 0.857 + 9e-10}))


@pytest.mark.parametrize("circumstance", [{"python": "3.11.9"}, {"machine": "aarch64"}])
def test_another_machine_is_said_and_decides_nothing(circumstance: dict[str, str]) -> None:
    found = lines(determined_by=DETERMINED | circumstance)

    assert reproduced(found)
    assert [line.same for line in found].count(None) == 1
