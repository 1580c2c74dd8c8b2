"""The names that a notebook finds, and modules import from `databricks.sdk.runtime`."""

from functools import lru_cache
from typing import Any

from .dbutils import DBUtils
from .display import display, display_html


class NoSpark:
    """Stands for a session that could not be opened: every use says why."""

    def __init__(self, cause: BaseException) -> None:
        self._cause = cause

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"spark.{name}: no Spark session could be opened: {self._cause}") from self._cause

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(f"no Spark session could be opened: {self._cause}") from self._cause


def names() -> dict[str, Any]:
    """All of them by name; `sc` and `sqlContext` on a driver of its own only, as serverless compute has none."""
    from pyspark.sql.functions import udf

    spark, dbutils = session(), DBUtils()
    own = {"spark": spark, "dbutils": dbutils, "udf": udf, "getArgument": dbutils.widgets.getArgument}
    found = {**own, "display": display, "displayHTML": display_html}
    if isinstance(spark, NoSpark):
        return {**found, "sql": spark, "table": spark}
    return {**found, "sql": spark.sql, "table": spark.table, **_classic(spark)}


@lru_cache(maxsize=1)
def session() -> Any:
    """The Spark session of this compute: Connect where SPARK_REMOTE is set, else a classic driver.

    To be called by the main thread first: the session is the active one of the thread that opens it.
    """
    from pyspark.sql import SparkSession

    try:
        return SparkSession.builder.getOrCreate()
    except Exception as error:
        return NoSpark(error)


def _classic(spark: Any) -> dict[str, Any]:
    from pyspark.sql import SQLContext
    from pyspark.sql.utils import is_remote

    if is_remote():
        return {}
    return {"sc": spark.sparkContext, "sqlContext": SQLContext(spark.sparkContext, spark)}
