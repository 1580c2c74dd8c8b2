"""The training rows, shared among the workers: the contract of the features in Spark, and the split by time.

Each row goes to the worker that its keys name, and lies there in the order of its keys: the same rows give the same
parts, and so the same model, whatever the table's files look like.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakeloop.config import LabelledUseCase
from lakeloop.config.sql_type import can_be_feature
from lakeloop.lifecycle.features import BadColumnError, require_columns
from lakeloop.lifecycle.session import read_version
from lakeloop.lifecycle.training.data import Versions
from lakeloop.lifecycle.training.splits import TimeSplit

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

LABEL, IS_EARLY = "_label", "_is_early"


@dataclass(frozen=True)
class SharedRows:
    """All rows that training may see: features (double, missing is NaN), the period's column, `LABEL` (double)."""

    frame: "DataFrame"
    features: tuple[str, ...]
    split: TimeSplit
    workers: int

    @property
    def fit(self) -> "DataFrame":
        """What a judged model learns from."""
        return self.frame.where(self.split.fit.condition)

    @property
    def fit_and_early(self) -> "DataFrame":
        """Those and the early-stopping rows, told apart by `IS_EARLY`; without the gap between them."""
        from pyspark.sql import functions as f

        early = f.expr(self.split.early_stopping.condition)
        return self.frame.where(
            f"{self.split.fit.condition} OR {self.split.early_stopping.condition}"
        ).withColumn(IS_EARLY, early)


@contextmanager
def shared_rows(
    spark: "SparkSession",
    use_case: LabelledUseCase,
    versions: Versions,
    features: Iterable[str],
    split: TimeSplit,
    workers: int,
) -> Iterator[SharedRows]:
    """The rows of the published training set, kept by the workers until the block ends.

    Raises MissingColumnError and BadColumnError as `features.model_input` and `features.labels` do.
    """
    table = use_case.gold("training_set")
    source = read_version(spark, table, versions[table])
    kept = share(source, table, use_case, tuple(features), split, workers)
    kept.persist()
    try:
        require_valid(kept, table, use_case)
        yield SharedRows(kept, tuple(features), split, workers)
    finally:
        kept.unpersist()


def share(
    source: "DataFrame",
    table: str,
    use_case: LabelledUseCase,
    features: tuple[str, ...],
    split: TimeSplit,
    workers: int,
) -> "DataFrame":
    """The training rows of `source` with no other columns than needed, one partition for each worker."""
    from pyspark.sql import functions as f

    keys, label = list(use_case.keys), use_case.task.label
    require_columns(table, source.columns, [*keys, label, *features])
    _require_numbers(source, features, label)
    columns = [*(f.col(key) for key in keys), *(_number(name) for name in features)]
    wanted = source.where(split.train.condition).select(*columns, f.col(label).cast("double").alias(LABEL))
    return wanted.repartition(workers, *keys).sortWithinPartitions(*keys)


def require_valid(rows: "DataFrame", table: str, use_case: LabelledUseCase) -> None:
    """Raises BadColumnError for a null key, a label that does not fit the task, or one class only; in one pass."""
    from pyspark.sql import functions as f

    label = f.col(LABEL)
    binary = use_case.task.kind == "binary"
    strange = ~label.isin(0.0, 1.0) if binary else f.isnan(label) | (f.abs(label) == float("inf"))
    counts = {
        "rows": f.count("*"),
        "strange": f.count_if(label.isNull() | strange),
        "smallest": f.min(label),
        "largest": f.max(label),
        **{key: f.count_if(f.col(key).isNull()) for key in use_case.keys},
    }
    [found] = rows.agg(*(column.alias(name) for name, column in counts.items())).collect()
    _require_counts(found.asDict(), table, use_case)


def _require_counts(found: dict[str, float], table: str, use_case: LabelledUseCase) -> None:
    for key in use_case.keys:
        if found[key]:
            raise BadColumnError(
                f"{table}.{key} is null in {found[key]} of {found['rows']} rows, expected none. Fix the dbt model."
            )
    label, binary = use_case.task.label, use_case.task.kind == "binary"
    if found["strange"]:
        expected = "neither 0 nor 1" if binary else "no number"
        raise BadColumnError(
            f"label {label} is {expected} in {found['strange']} of {found['rows']} rows, values from "
            f"{found['smallest']} to {found['largest']}. Fix the dbt model."
        )
    if binary and found["smallest"] == found["largest"]:
        raise BadColumnError(
            f"label {label} is {found['smallest']} in all {found['rows']} training rows, expected both classes"
        )


def _number(name: str) -> "Column":
    """As `features.numbers`: what is not known, or infinite, is NaN."""
    from pyspark.sql import functions as f

    value = f.col(name).cast("double")
    unknown = value.isNull() | (f.abs(value) == float("inf"))
    return f.when(unknown, f.lit(float("nan"))).otherwise(value).alias(name)


def _require_numbers(source: "DataFrame", features: Iterable[str], label: str) -> None:
    """By type, before a row is read."""
    types = dict(source.dtypes)
    advice = {label: "Fix the dbt model."}
    for name in (*features, label):
        if not can_be_feature(types[name]):
            raise BadColumnError(
                f"{'label' if name == label else 'feature'} {name} is {types[name]} and does not hold numbers. "
                + advice.get(name, "Encode it in the dbt model, or list it under features.except.")
            )
