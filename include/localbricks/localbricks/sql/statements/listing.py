"""`SHOW TABLE EXTENDED`, with the views that Spark leaves out, each with its columns.

Spark's answer ends with a block ``Schema: root\\n |-- a: integer (nullable = true)``, from which dbt reads columns.
"""

import re
from collections.abc import Iterable
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from ..text.names import NAME, parts_of, quoted

LISTING = re.compile(r"SHOW\s+TABLE\s+EXTENDED\b", re.I)
SHOW_TABLE_EXTENDED = re.compile(
    rf"SHOW\s+TABLE\s+EXTENDED\s+(?:IN|FROM)\s+(?P<schema>{NAME})\s+LIKE\s+(?P<pattern>'[^']*')$", re.I | re.S
)


# Spark 4.2 puts a comma behind each letter of the properties: "[[, a, =, 1, ]]" for "[a=1]".
_SPELT_OUT = re.compile(r"(?<=\nTable Properties: )\[(\[(?:, .)*)\](?=\n)", re.S)


def with_views(
    spark: SparkSession, tables: Iterable[Any], match: re.Match[str]
) -> list[tuple[str, str, bool, str]]:
    """Return the rows of a statement that `match` fits: the tables as Spark gave them, then the views."""
    views = spark.sql(f"SHOW VIEWS IN {match['schema']} LIKE {match['pattern']}").collect()
    return [(row[0], row[1], row[2], legible(row[3])) for row in tables] + [
        (row["namespace"], row["viewName"], False, _information(spark, match["schema"], row["viewName"]))
        for row in views
        if not row["isTemporary"]
    ]


def _information(spark: SparkSession, schema: str, view: str) -> str:
    name = [*parts_of(schema), view]
    lines = [f"Namespace: {name[-2]}", f"View: {view}", "Type: VIEW"]
    try:
        columns = spark.table(quoted(name)).schema
    except AnalysisException as error:
        # Dropped since it was listed, or its table is gone: the listing itself still holds.
        lines.append(f"Schema Error: {error.getCondition()}")
        columns = StructType()
    return "\n".join(lines) + f"\nSchema: {columns.treeString()}\n"


def legible(information: str) -> str:
    """Return what Spark says of a table, with its properties as one would write them."""
    return _SPELT_OUT.sub(lambda match: match[1][::3], information)
