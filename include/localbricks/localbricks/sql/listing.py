"""`SHOW TABLE EXTENDED`, with the columns that Spark leaves out for Delta tables.

Hive's answer ends with a block ``Schema: root\\n |-- a: integer (nullable = true)``, and dbt reads columns from it.
"""

import re
from collections.abc import Iterable
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from .names import quoted

SHOW_TABLE_EXTENDED = re.compile(r"SHOW\s+TABLE\s+EXTENDED\b", re.I)
INFORMATION = "information"


def with_columns(spark: SparkSession, rows: Iterable[Any]) -> list[list[Any]]:
    """Return the statement's rows, each with a schema block at the end of its information."""
    return [list(_completed(spark, row.asDict()).values()) for row in rows]


def _completed(spark: SparkSession, row: dict[str, Any]) -> dict[str, Any]:
    if "Schema: root" in row[INFORMATION] or row["isTemporary"]:
        return row
    try:
        schema = spark.table(quoted([row["namespace"], row["tableName"]])).schema
    except AnalysisException as error:
        # Dropped since it was listed, or a view whose table is gone: the listing itself still holds.
        schema = StructType()
        row[INFORMATION] += f"Schema Error: {error.getCondition()}\n"
    return row | {INFORMATION: row[INFORMATION].rstrip("\n") + "\n" + schema_block(schema)}


def schema_block(schema: StructType) -> str:
    """Return ``Schema: root`` and one line per column, as Spark prints a schema."""
    return f"Schema: {schema.treeString()}\n"
