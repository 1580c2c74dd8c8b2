"""Where a job stands: its Spark session and catalog, its MLflow, the tables it reads, the code it runs."""

import os
import subprocess
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import mlflow

from lakeloop.lifecycle.features import MissingTableError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class MlflowTarget(Protocol):
    """`mlflow` of a target; None means: as the environment says."""

    @property
    def tracking_uri(self) -> str | None: ...
    @property
    def registry_uri(self) -> str | None: ...


def spark_session(catalog: str) -> "SparkSession":
    """The session of this compute (Connect, classic or Databricks), standing in `catalog`, in UTC."""
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    spark.catalog.setCurrentCatalog(catalog)
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    return spark


class NoMlflowError(RuntimeError):
    """Neither the target nor the environment names a tracking server."""


def use_mlflow(target: MlflowTarget) -> None:
    """Points MLflow to the target's servers.

    Raises NoMlflowError when nothing names one: MLflow would make a database in the working directory.
    """
    if not target.tracking_uri and not os.environ.get("MLFLOW_TRACKING_URI"):
        raise NoMlflowError(
            "the target names no MLflow and MLFLOW_TRACKING_URI is not set; set one of the two"
        )
    if target.tracking_uri:
        mlflow.set_tracking_uri(target.tracking_uri)
    if target.registry_uri:
        mlflow.set_registry_uri(target.registry_uri)


def table_version(spark: "SparkSession", table: str) -> int:
    """The newest Delta version of `table`. Raises MissingTableError when there is no such table."""
    require_table(spark, table)
    return int(spark.sql(f"DESCRIBE HISTORY {table} LIMIT 1").first()["version"])  # type: ignore[index]


def table_versions(spark: "SparkSession", tables: Iterable[str]) -> dict[str, int]:
    """The newest Delta version of each table: what a model was made of."""
    return {table: table_version(spark, table) for table in tables}


def read_version(spark: "SparkSession", table: str, version: int) -> "DataFrame":
    """`table` as it was at `version`, also while something else writes to it."""
    return spark.sql(f"SELECT * FROM {table} VERSION AS OF {version}")


def require_table(spark: "SparkSession", table: str) -> None:
    """Raises MissingTableError naming the table and who makes it."""
    if not spark.catalog.tableExists(table):
        raise MissingTableError(
            f"table {table} does not exist in catalog {spark.catalog.currentCatalog()}; "
            "run the transform DAG (dbt) first, or correct the name"
        )


def code_revision() -> str:
    """The revision of the running code: what was baked into the wheel, else what git says, else "unknown".

    ``-dirty`` stands behind a revision from which files differ.
    """
    try:
        from lakeloop._release import REVISION
    except ImportError:  # not from a wheel
        return _git_revision(os.path.dirname(os.path.abspath(__file__))) or "unknown"
    return str(REVISION)


def lock_hash() -> str:
    """SHA-256 (hex) of the lock that the running code was released with: baked into the wheel, else of the clone's
    requirements.txt, else "unknown"."""
    try:
        from lakeloop._release import LOCK
    except ImportError:  # not from a wheel
        lock = Path(__file__).resolve().parents[3] / "requirements.txt"
        return sha256(lock.read_bytes()).hexdigest() if lock.exists() else "unknown"
    return str(LOCK)


def _git_revision(folder: str) -> str | None:
    command = ["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
