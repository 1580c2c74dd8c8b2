"""Batch scoring on Spark: the model travels to the workers once, inside the function that they run.

Workers need neither access to MLflow nor this package; they need MLflow and the model's own library.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_MODEL_BYTES = 64 * 2**20
ROWS_PER_PARTITION = 200_000
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
    packed: bytes, keys: Sequence[str], features: Sequence[str], column: str
) -> Callable[[Batches], Batches]:
    """A function for mapInPandas: batches of `keys` + `features` in, batches of `keys` + `column` out.

    It is pickled by value (everything it needs is inside it), so a worker needs no copy of this package.
    """
    name = hashlib.sha256(packed).hexdigest()
    keys, features = list(keys), list(features)

    def load():  # type: ignore[no-untyped-def]
        """The model, loaded once per worker process."""
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
                cache[name] = mlflow.pyfunc.load_model(folder)
        return cache[name]

    def score(batches: Batches) -> Batches:
        import numpy as np

        for batch in batches:
            if not len(batch):
                continue
            values = np.asarray(load().predict(batch[features]), dtype="float64")
            # a classifier's predict_proba answers with one column per class
            probability = values[:, -1] if values.ndim == 2 else values
            yield batch[keys].assign(**{column: probability})

    return score


def score_frame(
    frame: "DataFrame", packed: bytes, keys: Sequence[str], features: Sequence[str], column: str, rows: int
) -> "DataFrame":
    """`keys` of `frame` with the model's probability in `column`; features are read as double.

    `rows` (how many `frame` has, roughly) decides on how many workers load the model: on few rows that
    costs more than scoring.
    """
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.types import DoubleType, StructField, StructType

    infinity = [float("inf"), float("-inf")]
    known = [F.col(feature).cast("double").alias(feature) for feature in features]
    selected = frame.select(*keys, *known).replace(infinity, [None, None], list(features))  # type: ignore[arg-type]
    partitions = max(1, -(-rows // ROWS_PER_PARTITION))
    schema = StructType([selected.schema[key] for key in keys] + [StructField(column, DoubleType())])
    function = scorer(packed, keys, features, column)
    return selected.coalesce(partitions).mapInPandas(function, schema=schema)
