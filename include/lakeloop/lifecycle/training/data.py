"""The rows that training and validation read: published tables at fixed versions, and nothing newer."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import LabelledUseCase, UseCase
from lakeloop.config.sql_type import can_be_feature
from lakeloop.lifecycle.features import BadColumnError, require_columns, require_filled
from lakeloop.lifecycle.session import read_version
from lakeloop.lifecycle.time_travel import needing
from lakeloop.lifecycle.training.baselines import columns_of, need_history
from lakeloop.lifecycle.training.splits import PeriodRange

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakeloop.lifecycle.published import PublishedFeatures

ROWS, MEAN = "_rows", "_mean"
Versions = dict[str, int]  # Delta version by table, as the tag `data_versions` has it


class NothingPublishedError(LookupError):
    """No features have passed their tests yet."""


def versions_of(use_case: UseCase, published: "PublishedFeatures | None") -> Versions:
    """Those of the tables that were published together. Raises NothingPublishedError."""
    if published is None:
        raise NothingPublishedError(
            f"nothing is published for use case {use_case.name}; run its transform DAG until its data tests pass"
        )
    return published.data_versions(use_case)


def feature_columns(spark: "SparkSession", use_case: LabelledUseCase, versions: Versions) -> list[str]:
    """All columns of the published features table: what scoring will see."""
    return [name for name, _ in _feature_types(spark, use_case, versions)]


def numeric_columns(spark: "SparkSession", use_case: LabelledUseCase, versions: Versions) -> list[str]:
    """Those columns of the published features table that a model can read."""
    return [name for name, kind in _feature_types(spark, use_case, versions) if can_be_feature(kind)]


def _feature_types(
    spark: "SparkSession", use_case: LabelledUseCase, versions: Versions
) -> list[tuple[str, str]]:
    table = use_case.gold("features")
    with needing(table, versions[table], f"what use case {use_case.name} trains and validates on"):
        return read_version(spark, table, versions[table]).dtypes


def read_training_set(
    spark: "SparkSession",
    use_case: LabelledUseCase,
    versions: Versions,
    columns: Iterable[str],
    condition: str = "true",
) -> pd.DataFrame:
    """Keys, period, label, what the rules rank by, and `columns` of the labelled rows where `condition` holds.

    Always in the same order, so that the same versions give the same model.
    Raises MissingColumnError, BadColumnError for a key, period or label that is null, and VersionGoneError.
    """
    table, label = use_case.gold("training_set"), use_case.task.label
    needed = columns_to_read(use_case, columns)
    frame = read_columns(spark, use_case, table, versions[table], needed, condition)
    require_filled(table, frame, [*use_case.keys, label])
    return frame


def columns_to_read(use_case: LabelledUseCase, columns: Iterable[str]) -> list[str]:
    """Keys, period, label and what the rules rank by, then those of `columns` that are none of them."""
    known = [*use_case.keys, use_case.task.label, *columns_of(use_case.baselines)]
    return list(dict.fromkeys([*known, *columns]))


def read_periods(spark: "SparkSession", use_case: LabelledUseCase, versions: Versions) -> pd.DataFrame:
    """Of each labelled period: the period's column, `ROWS`, and `MEAN`, the mean label; oldest first.

    Counted where the rows lie: enough to split by time, and to decide where to train. Raises MissingColumnError, and
    BadColumnError for rows of no period, and VersionGoneError.
    """
    from pyspark.sql import functions as f

    table, column, label = use_case.gold("training_set"), use_case.period.column, use_case.task.label
    with needing(table, versions[table], f"what use case {use_case.name} trains and validates on"):
        source = read_version(spark, table, versions[table])
        require_columns(table, source.columns, [column, label])
        counted = source.groupBy(column).agg(
            f.count("*").alias(ROWS), f.avg(f.col(label).cast("double")).alias(MEAN)
        )
        periods = counted.toPandas()
    without = periods[column].isna()
    if without.any():
        raise BadColumnError(
            f"{table}.{column} is null in {periods[ROWS][without].sum()} of {periods[ROWS].sum()} rows, expected none. "
            "Fix the dbt model."
        )
    return periods.sort_values(column, ignore_index=True)


def count_rows(periods: pd.DataFrame, part: PeriodRange) -> int:
    """How many of the rows that `read_periods` counted lie in a part of the split."""
    return int(part.rows(periods)[ROWS].sum())


def mean_label(periods: pd.DataFrame, part: PeriodRange) -> float:
    """The mean label of the rows of a part; NaN for none."""
    counted = part.rows(periods)
    return (
        float((counted[ROWS] * counted[MEAN]).sum() / counted[ROWS].sum()) if len(counted) else float("nan")
    )


def read_history(spark: "SparkSession", use_case: LabelledUseCase, versions: Versions) -> pd.DataFrame | None:
    """Keys, period and label of all labelled rows; None when no baseline of the use case looks back."""
    if not need_history(use_case.baselines):
        return None
    table, needed = use_case.gold("labels"), [*use_case.keys, use_case.task.label]
    return read_columns(spark, use_case, table, versions[table], needed)


def read_columns(
    spark: "SparkSession",
    use_case: LabelledUseCase,
    table: str,
    version: int,
    columns: list[str],
    condition: str = "true",
) -> pd.DataFrame:
    """Those columns of a version of a gold table, sorted by period and entity.

    Raises MissingColumnError, and VersionGoneError when Delta holds the version no more.
    """
    with needing(table, version, f"what use case {use_case.name} trains and validates on"):
        source = read_version(spark, table, version)
        require_columns(table, source.columns, columns)
        frame = source.where(condition).select(*columns).toPandas()
    return frame.sort_values([use_case.period.column, *use_case.entity.keys], ignore_index=True)
