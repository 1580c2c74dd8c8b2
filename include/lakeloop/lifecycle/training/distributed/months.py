"""The training set month by month, for a driver that cannot hold all of it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case import Period
from lakeloop.lifecycle.features import require_columns
from lakeloop.lifecycle.session import read_version
from lakeloop.lifecycle.time_travel import needing
from lakeloop.lifecycle.training.data import ROWS, Versions, columns_to_read
from lakeloop.lifecycle.training.splits import PeriodRange

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

Month = tuple[str, "pa.Table"]


def read_months(
    spark: "SparkSession",
    use_case: LabelledUseCase,
    versions: Versions,
    columns: Iterable[str],
    periods: pd.DataFrame,
) -> Iterator[Month]:
    """Name (``2017-01``) and rows of each month, oldest first; one at a time is on the driver.

    Columns and order of the rows are those of `data.read_training_set`, the types those of the table.

    Args:
        periods: as `data.read_periods` gives them.

    Raises MissingColumnError, and VersionGoneError when Delta holds the version no more.
    """
    table, needed = use_case.gold("training_set"), columns_to_read(use_case, columns)
    with needing(table, versions[table], f"what use case {use_case.name} trains and validates on"):
        source = read_version(spark, table, versions[table])
        require_columns(table, source.columns, needed)
        yield from months_from(source.select(*needed), use_case, periods)


def months_from(rows: "DataFrame", use_case: LabelledUseCase, periods: pd.DataFrame) -> Iterator[Month]:
    """Name and rows of each month of `rows`, sorted by period and entity."""
    order = [(key, "ascending") for key in (use_case.period.column, *use_case.entity.keys)]
    for month, part in months_of(periods, use_case.period).items():
        yield month, rows.where(part.condition).toArrow().sort_by(order)


def months_of(periods: pd.DataFrame, period: Period) -> dict[str, PeriodRange]:
    """The range of the periods of each month, oldest first."""
    numbers = period.indices(periods[period.column])
    of_month = pd.Series(numbers).groupby(_months(periods, period).to_numpy(), sort=True)
    return {str(month): PeriodRange(period, int(found.min()), int(found.max())) for month, found in of_month}


def largest_month(periods: pd.DataFrame, period: Period) -> tuple[str, int]:
    """The month with the most rows, and how many."""
    rows = periods[ROWS].groupby(_months(periods, period).to_numpy()).sum()
    return str(rows.idxmax()), int(rows.max())


def _months(periods: pd.DataFrame, period: Period) -> pd.Series:
    return periods[period.column].map(lambda as_of: f"{as_of:%Y-%m}")
