"""The files of a model as bytes that travel inside a function."""

import io
import zipfile
from pathlib import Path

MAX_MODEL_BYTES = 64 * 2**20


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
