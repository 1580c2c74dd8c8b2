"""The scores of a use case: one Delta table, and Parquet files that are exported from it, both by period.

A period is replaced as a whole, in one commit, and no other is touched. A table that was made before scores had reasons
gets that column; its older rows have none.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lakeloop.config import LabelledUseCase, Target, UseCase
from lakeloop.lifecycle.explain.reasons import SQL_TYPE
from lakeloop.lifecycle.export import require_access, write_partition
from lakeloop.lifecycle.night import Night
from lakeloop.lifecycle.scoring import REASONS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakeloop.config.use_case.period import Moment


class ScoresShapeError(RuntimeError):
    """The scores table exists with other columns than the use case asks for."""


class NewerScoresError(RuntimeError):
    """A later night has scored the period with another version, or with newer features."""


def columns(use_case: UseCase) -> dict[str, str]:
    """Name and SQL type of each column of the scores table, in order."""
    return {
        **{key: str(kind) for key, kind in use_case.entity.keys.items()},
        use_case.period.column: use_case.period.sql_type,
        **use_case.answers,
        "model_version": "string",
        "scored_at": "timestamp",
        **({REASONS: SQL_TYPE} if isinstance(use_case, LabelledUseCase) else {}),
    }


def folder(use_case: UseCase, as_of: "Moment") -> str:
    """``as_of=2017-12-09``, for hours ``as_of=2017-12-09T14``: where the files of a period lie."""
    # no colon: Hadoop takes it for the end of a scheme
    shown = f"{as_of:%Y-%m-%dT%H}" if isinstance(as_of, datetime) else f"{as_of:%Y-%m-%d}"
    return f"{use_case.period.column}={shown}"


def prepare(spark: "SparkSession", use_case: UseCase) -> str:
    """Makes the scores table when it is missing; returns its name. Raises ScoresShapeError when it is another's."""
    table = use_case.ml("scores")
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {use_case.schema('ml')}")
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table} ({_declared(use_case)}) USING DELTA "
        f"PARTITIONED BY ({use_case.period.column})"
    )
    if REASONS in columns(use_case).keys() - _require_shape(spark, use_case).keys():
        spark.sql(f"ALTER TABLE {table} ADD COLUMNS ({REASONS} {SQL_TYPE})")
    return table


def _require_shape(spark: "SparkSession", use_case: UseCase) -> dict[str, str]:
    """The columns that are there with their types; ``reasons`` may be missing."""
    table, present = use_case.ml("scores"), _types(spark.table(use_case.ml("scores")))
    typed = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in columns(use_case).items())
    expected = _types(spark.sql(f"SELECT {typed}"))
    older = {name: kind for name, kind in expected.items() if name != REASONS}
    if present not in (expected, older):
        seen = ", ".join(f"{name} {kind}" for name, kind in present.items())
        raise ScoresShapeError(
            f"table {table} has the columns {seen}; expected {_declared(use_case)}. It was made for other keys or by "
            f"another version: keep it under another name (ALTER TABLE {table} RENAME TO ...), or drop it, and run "
            "again."
        )
    return present


def require_no_newer(spark: "SparkSession", use_case: UseCase, version: str, tonight: Night) -> None:
    """Raises NewerScoresError when a later night scored the period with another version than `version`, or with
    features that were published after tonight's.

    Raises ScoresShapeError when the table was made for other keys.
    """
    table = use_case.ml("scores")
    if not spark.catalog.tableExists(table):
        return
    _require_shape(spark, use_case)
    newer = f"model_version <> '{version}' AND scored_at > {_timestamp(tonight.moment)}"
    if tonight.succeeded_at:
        newer = f"({newer}) OR scored_at > {_timestamp(tonight.succeeded_at)}"
    found = spark.sql(
        f"SELECT model_version, max(scored_at) AS scored_at FROM {table} "
        f"WHERE {_of(use_case, tonight.period)} AND ({newer}) GROUP BY model_version"
    ).first()
    if found is not None:
        raise NewerScoresError(
            f"{use_case.period.as_of(tonight.period)} was scored at {found['scored_at']} with version "
            f"{found['model_version']}; the night that was asked for has champion version {version} and "
            f"features version {tonight.publication.features_version}. To replace newer scores by older ones, "
            "name the version yourself: --model-version and --override=true."
        )


def replace(
    spark: "SparkSession", s3: Any, use_case: UseCase, target: Target, period: int, scored: "DataFrame"
) -> tuple[int, str]:
    """Replaces the scores of `period` by `scored` (keys, period, the use case's `answers`, model_version, and
    reasons where it has some).

    Returns how many rows there are now, and the URI of the Parquet files. Raises ScoresShapeError, and
    ExportRefusedError before anything is written.
    """
    root = target.scores_uri(use_case)
    require_access(s3, root)  # before the table is written, so that a missing permission leaves no half of it
    table, condition = prepare(spark, use_case), _of(use_case, period)
    stamped = scored.selectExpr("*", "current_timestamp() AS scored_at")
    typed = stamped.selectExpr(
        *(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns(use_case).items())
    )
    typed.write.format("delta").mode("overwrite").option("replaceWhere", condition).saveAsTable(table)
    saved = spark.table(table).where(condition)
    rows = saved.count()
    partition = folder(use_case, use_case.period.as_of(period))
    return rows, write_partition(s3, saved.drop(use_case.period.column), root, partition, rows)


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP'{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00:00'"


def _declared(use_case: UseCase) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns(use_case).items())


def _types(frame: "DataFrame") -> dict[str, str]:
    return {column.name: column.dataType.simpleString() for column in frame.schema}


def _of(use_case: UseCase, period: int) -> str:
    return f"{use_case.period.column} = {use_case.period.literal(period)}"
