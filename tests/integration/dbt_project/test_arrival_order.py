"""Incremental builds equal a full refresh, in whatever order deliveries, late dimensions and corrections arrive.

Features are built after each delivery, as the transform DAG does it; the compiled SQL of a full refresh, run over the
same silver tables, says what they must be.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lakeloop.config import Source
from lakeloop.config.dbt import dbt_environment
from tests.dbt_in_process import quick_behavior_flags
from tests.dbt_project.conftest import PROJECT
from tests.integration.dbt_project.silver import Row, Silver, end_of, local, receipt

PREFIX = f"order{os.getpid()}_"
LATE = local(20, 0)  # when corrections arrive: after all receipts
Delivery = dict[str, list[Row]]

pytestmark = pytest.mark.timeout(1500)


def _receipts(weeks: Sequence[int]) -> list[Row]:
    """Household 1 buys every week, household 2 every fourth, household 3 in week 1 and never again."""
    each = [receipt(1, local(week, 2), basket=100 + week, product=1 + week % 3) for week in weeks]
    some = [receipt(2, local(week, 5), basket=200 + week, product=2) for week in weeks if week % 4 == 0]
    once = [receipt(3, local(1, 3), basket=301, product=3)] if 1 in weeks else []
    return each + some + once + [receipt(4, local(week, 6), basket=400 + week) for week in weeks]


DELIVERIES: dict[str, Delivery] = {
    "first weeks": {"transactions": _receipts(range(9))},
    "later weeks": {"transactions": _receipts(range(9, 13))},
    "a receipt that comes late": {"transactions": [receipt(3, local(4, 0), basket=302, product=2)]},
    "products": {
        "products": [
            {"product_id": 1, "department": "GROCERY", "brand": "Private", "product_category": "A"},
            {"product_id": 2, "department": "FUEL", "brand": "National", "product_category": "B"},
            {"product_id": 3, "department": "PRODUCE", "brand": "National", "product_category": "C"},
        ]
    },
    "demographics": {"demographics": [{"household_id": 2, "age": "35-44", "income": "35-49K"}]},
    "campaigns": {
        "campaigns": [{"campaign_id": 1, "household_id": 1}, {"campaign_id": 2, "household_id": 2}],
        "campaign_descriptions": [
            {"campaign_id": 1, "start_date": date(2017, 3, 1), "end_date": date(2017, 3, 11)},
            {"campaign_id": 2, "start_date": date(2017, 3, 12), "end_date": date(2017, 4, 1)},
        ],
    },
    # the time, the household and the product of a receipt; a product, a household, a campaign
    "corrections": {
        "transactions": [
            receipt(1, local(3, 2), basket=107, product=2) | {"_arrived_at": end_of(LATE)},
            receipt(2, local(1, 3), basket=301, product=3) | {"_arrived_at": end_of(LATE)},
            receipt(2, local(8, 5), basket=208, product=2, sales=9.0) | {"_arrived_at": end_of(LATE)},
        ],
        "products": [{"product_id": 2, "department": "GROCERY", "brand": "Private", "product_category": "A"}],
    },
    "a campaign moves": {
        "campaign_descriptions": [
            {"campaign_id": 2, "start_date": date(2017, 3, 20), "end_date": date(2017, 4, 1)}
        ],
        "demographics": [{"household_id": 1, "age": "65+", "income": "250K+"}],
    },
}
# everything that is about receipts comes after them, one by one, the one that touches the earliest week last
LATE_DIMENSIONS = (
    "first weeks", "later weeks", "a campaign moves", "campaigns", "demographics", "products",
    "a receipt that comes late", "corrections",
)  # fmt: skip


class Features:
    """The features table, built incrementally, and what a full refresh would make of the same silver tables."""

    def __init__(self, warehouse: Any, folder: Path) -> None:
        from dbt.cli.main import dbtRunner

        variables = json.dumps({"schema_prefix": PREFIX, "source_prefix": PREFIX})
        self._places = [
            *("--vars", variables, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder), "--log-path", str(folder), "--quiet"),
        ]
        self.warehouse = warehouse
        manifest: Any = dbtRunner().invoke(["parse", *self._places]).result
        self._runner = dbtRunner(manifest=manifest)
        self.dbt("run", "--select", "+churn__features")  # views, on empty tables
        self.dbt("compile", "--full-refresh", "--select", "churn__features")
        compiled = folder / "compiled/lakeloop/models/churn/gold/churn__features.sql"
        self._full = compiled.read_text(encoding="utf-8")

    def dbt(self, *arguments: str) -> None:
        done = self._runner.invoke([*arguments, *self._places])
        assert done.success, done.exception or [result.message for result in done.result]  # type: ignore[union-attr]

    def build(self) -> None:
        self.dbt("run", "--select", "int_churn__changes", "churn__features")

    def built(self) -> pd.DataFrame:
        return self._frame(f"SELECT * FROM {PREFIX}churn_gold.features")

    def expected(self) -> pd.DataFrame:
        return self._frame(self._full)

    def _frame(self, query: str) -> pd.DataFrame:
        rows = [row.asDict() for row in self.warehouse.execute(query)]
        return (
            pd.DataFrame(rows).sort_values(["household_id", "as_of"], ignore_index=True)
            if rows
            else pd.DataFrame()
        )


@pytest.fixture(scope="module")
def empty_silver(warehouse: Any, source: Source) -> Iterator[Silver]:
    schemas = [f"{PREFIX}{name}" for name in ("retail_silver", "churn_staging", "churn_gold")]
    made = Silver(source, PREFIX, warehouse.execute)
    made.create()
    yield made
    warehouse.drop(*schemas)


@pytest.fixture(scope="module")
def features(
    stack: dict[str, str], warehouse: Any, empty_silver: Silver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Features]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**stack, **dbt_environment()}.items():
            patch.setenv(name, value)
        quick_behavior_flags(patch)
        yield Features(warehouse, tmp_path_factory.mktemp("order"))


@pytest.fixture
def start(empty_silver: Silver, features: Features) -> Callable[[], Silver]:
    """Silver without a row, and features built of that."""

    def inner() -> Silver:
        empty_silver.clear()
        features.warehouse.execute(f"DROP TABLE IF EXISTS {PREFIX}churn_gold.features")
        return empty_silver

    return inner


@pytest.mark.parametrize("order", [LATE_DIMENSIONS], ids=["late dimensions"])
def test_incremental_equals_full_refresh_after_each_delivery(
    start: Callable[[], Silver], features: Features, order: Sequence[str]
) -> None:
    silver, seen = start(), 0
    for name in order:
        silver.deliver(DELIVERIES[name])
        features.build()
        built, expected = features.built(), features.expected()
        pd.testing.assert_frame_equal(built, expected, obj=f"features after {name!r}")
        seen = max(seen, len(built))
    assert seen > 15
