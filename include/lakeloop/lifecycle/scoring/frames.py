"""A frame of Spark's and its scores."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lakeloop.lifecycle.explain.contributions import NotExplainableError
from lakeloop.lifecycle.explain.loaded import explainer_of_pyfunc
from lakeloop.lifecycle.explain.reasons import SQL_TYPE
from lakeloop.lifecycle.scoring.workers import scorer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROWS_PER_PARTITION = 200_000
REASONS = "reasons"  # the column


def refusal(folder: Path) -> str | None:
    """Why the scores of the MLflow model in `folder` can have no reasons; None when they can."""
    import mlflow.pyfunc

    try:
        explainer_of_pyfunc(mlflow.pyfunc.load_model(str(folder)))
    except NotExplainableError as error:
        return str(error)
    return None


def score_frame(
    frame: "DataFrame",
    packed: bytes,
    keys: Sequence[str],
    features: Sequence[str],
    column: str,
    rows: int,
    most_reasons: int = 0,
) -> "DataFrame":
    """`keys` of `frame` with the model's probability in `column`, and its `reasons`; features are read as double.

    Without reasons that column is null.

    `rows` (how many `frame` has, roughly) decides on how many workers load the model: on few rows that
    costs more than scoring.
    """
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.types import ArrayType, DoubleType, StructField, StructType

    known = [F.col(feature).cast("double").alias(feature) for feature in features]
    selected = frame.select(*keys, *known)
    partitions = max(1, -(-rows // ROWS_PER_PARTITION))
    schema = StructType([selected.schema[key] for key in keys] + [StructField(column, DoubleType())])
    if most_reasons:
        reason = StructType().add("feature", "string").add("value", "double").add("contribution", "double")
        schema = schema.add(REASONS, ArrayType(reason))
    function = scorer(packed, keys, features, column, most_reasons)
    scored = selected.coalesce(partitions).mapInArrow(function, schema=schema)
    return scored if most_reasons else scored.withColumn(REASONS, F.lit(None).cast(SQL_TYPE))
