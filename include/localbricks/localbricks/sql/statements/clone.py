"""`CREATE OR REPLACE TABLE ... SHALLOW CLONE ...` over a table that exists, which open-source Delta refuses."""

import re
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession

from ..errors import SYNTAX_OR_RULE, SqlError
from ..text.names import NAME, parts_of, quoted

CLONE_OVER = re.compile(
    rf"CREATE\s+OR\s+REPLACE\s+TABLE\s+(?P<target>{NAME})\s+SHALLOW\s+CLONE\s+(?P<source>{NAME})(?P<rest>(?:\s.*)?)$",
    re.I | re.S,
)


def replace_by_clone(spark: SparkSession, match: re.Match[str]) -> DataFrame:
    """Clone beside the old table first, so that a source that cannot be cloned costs nothing, then swap.

    Unlike on Databricks, the history of the replaced table ends with it. Raises SqlError for a table onto itself.
    """
    target, source = match["target"], match["source"]
    if not spark.catalog.tableExists(target):
        return spark.sql(match.string)
    if _resolved(spark, target) == _resolved(spark, source):
        text = f"[DELTA_CLONE_ONTO_ITSELF] {target} cannot be replaced by a clone of itself"
        raise SqlError(text, SYNTAX_OR_RULE, "DELTA_CLONE_ONTO_ITSELF")
    return _swapped(spark, target, f"SHALLOW CLONE {source}{match['rest']}")


def _swapped(spark: SparkSession, target: str, clause: str) -> DataFrame:
    # Not by renaming the new table: on an object store Hive copies each file for that, and may fail half-way.
    parts = parts_of(target)
    beside = quoted([*parts[:-1], f"{parts[-1]}__clone_{uuid4().hex[:8]}"])
    spark.sql(f"CREATE TABLE {beside} {clause}")
    spark.sql(f"DROP TABLE {target}")
    try:
        answer = spark.sql(f"CREATE TABLE {target} {clause}")
    except Exception as error:
        text = f"[CLONE_INTERRUPTED] {target} is dropped; what should replace it is {beside}: {error}"
        raise SqlError(text, condition="CLONE_INTERRUPTED") from error
    spark.sql(f"DROP TABLE {beside}")
    return answer


def _resolved(spark: SparkSession, name: str) -> list[str]:
    table = spark.catalog.getTable(name)
    return [table.catalog or "", *(table.namespace or []), table.name]
