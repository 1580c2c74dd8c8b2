"""Batch scoring on Spark: the model travels to the workers once, inside the function that they run.

Workers need neither access to MLflow nor this package; they need MLflow and the model's own library, and for the
reasons of scikit-learn's trees the package shap. What explains a score travels inside the same function, by value.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lakeloop.lifecycle import explain
from lakeloop.lifecycle.explain.contributions import NotExplainableError, require_consistent
from lakeloop.lifecycle.explain.loaded import explainer_of_pyfunc
from lakeloop.lifecycle.explain.reasons import SQL_TYPE, reasons

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_MODEL_BYTES = 64 * 2**20
ROWS_PER_PARTITION = 200_000
REASONS = "reasons"  # the column
Batches = Iterator[pd.DataFrame]


class ModelTooLargeError(ValueError):
    """The model's files do not fit into a Spark closure."""


def pack(folder: Path) -> bytes:
    """The files of an MLflow model as one archive. Raises ModelTooLargeError above 64 MiB."""
    packed = _archive(folder)
    if len(packed) > MAX_MODEL_BYTES:
        raise ModelTooLargeError(
            f"the model packs to {len(packed) / 2**20:.0f} MiB, more than the {MAX_MODEL_BYTES / 2**20:.0f} for "
            "a Spark closure; score it with mlflow.pyfunc.spark_udf"
        )
    return packed


def packed_size(folder: Path) -> int:
    """How many bytes the files of an MLflow model pack to, however many."""
    return len(_archive(folder))


def _archive(folder: Path) -> bytes:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            # a fixed time, so that the same model gives the same bytes and a worker's cache is hit
            archive.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
    return buffer.getvalue()


def scorer(
    packed: bytes, keys: Sequence[str], features: Sequence[str], column: str, most_reasons: int = 0
) -> Callable[[Batches], Batches]:
    """A function for mapInPandas: batches of `keys` + `features` in, batches of `keys` + `column` out.

    With `most_reasons` each score also says in a column ``reasons`` which features moved it most, and the function
    raises what :func:`explainer_of_pyfunc` and :func:`require_consistent` raise: ask the model before (`refusal`).
    It is pickled by value (everything it needs is inside it), so a worker needs no copy of this package.
    """
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(explain)
    keys, features = list(keys), list(features)
    kind = "explained" if most_reasons else "plain"
    load = loader(packed, kind, lambda model: (model, explainer_of_pyfunc(model) if most_reasons else None))

    def score(batches: Batches) -> Batches:
        import numpy as np

        for batch in batches:
            if not len(batch):
                continue
            model, explain = load()
            x = batch[features]
            values = np.asarray(model.predict(x), dtype="float64")
            # a classifier's predict_proba answers with one column per class
            scores = values.reshape(len(x), -1)[:, -1]
            scored = batch[keys].assign(**{column: scores})
            if explain is not None:
                told: list[Any] = reasons(require_consistent(explain(x), scores), x, most_reasons)
                scored["reasons"] = told
            yield scored

    return score


def loader(packed: bytes, kind: str, prepared: Callable[[Any], Any]) -> Callable[[], Any]:
    """A function that a worker calls for what `prepared` makes of the packed pyfunc; made once per process.

    Args:
        kind: tells apart what is made of the same model.
    """
    name = f"{hashlib.sha256(packed).hexdigest()} {kind}"

    def load() -> Any:
        import io
        import sys
        import tempfile
        import zipfile

        # hung on sys.modules, because a worker process lives longer than one unpickled function
        cache = sys.modules.setdefault("_lakeloop_models", type(sys)("_lakeloop_models")).__dict__
        if name not in cache:
            import mlflow.pyfunc

            with tempfile.TemporaryDirectory() as folder:
                zipfile.ZipFile(io.BytesIO(packed)).extractall(folder)
                cache[name] = prepared(mlflow.pyfunc.load_model(folder))
        return cache[name]

    return load


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

    infinity = [float("inf"), float("-inf")]
    known = [F.col(feature).cast("double").alias(feature) for feature in features]
    selected = frame.select(*keys, *known).replace(infinity, [None, None], list(features))  # type: ignore[arg-type]
    partitions = max(1, -(-rows // ROWS_PER_PARTITION))
    schema = StructType([selected.schema[key] for key in keys] + [StructField(column, DoubleType())])
    if most_reasons:
        reason = StructType().add("feature", "string").add("value", "double").add("contribution", "double")
        schema = schema.add(REASONS, ArrayType(reason))
    function = scorer(packed, keys, features, column, most_reasons)
    scored = selected.coalesce(partitions).mapInPandas(function, schema=schema)
    return scored if most_reasons else scored.withColumn(REASONS, F.lit(None).cast(SQL_TYPE))
