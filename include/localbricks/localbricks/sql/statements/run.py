"""Running one statement on Spark: most as they are, a few as Databricks would have it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import LongType, StructType

from ..errors import not_supported
from ..results.result_set import ResultSet, from_rows
from ..results.spool import Spool
from ..results.types import Reader, readable
from ..text.dialect import to_spark
from ..text.parameters import Arguments
from ..text.tokens import without_comments
from .description import AS_JSON, as_json
from .listing import LISTING, SHOW_TABLE_EXTENDED, with_views

MODIFIED = "num_affected_rows"


@dataclass(frozen=True)
class Wanted:
    """How a client wants its rows: what it reads, at most how many rows, and where a large result is spooled."""

    reader: Reader
    row_limit: int | None
    spool: Spool


def run(spark: SparkSession, sql: str, arguments: Arguments, wanted: Wanted) -> ResultSet:
    """Run one statement and keep its rows. Raises what Spark raises, or SqlError."""
    statement = to_spark(sql)
    bare = without_comments(statement)
    if arguments and LISTING.match(bare):
        raise not_supported("a parameter in SHOW TABLE EXTENDED", "write the pattern into the statement.")
    for pattern, handle in _SPECIAL:
        match = pattern.match(bare)
        if match:
            return handle(spark, match, wanted)
    return fetched(spark.sql(statement, args=arguments or None), wanted)


def _listed(spark: SparkSession, match: re.Match[str], wanted: Wanted) -> ResultSet:
    frame = spark.sql(match.string)
    return from_rows(frame.schema, with_views(spark, frame.collect(), match))


def _described(spark: SparkSession, match: re.Match[str], wanted: Wanted) -> ResultSet:
    return as_json(spark, match["table"])


_SPECIAL: list[tuple[re.Pattern[str], Callable[[SparkSession, re.Match[str], Wanted], ResultSet]]] = [
    (SHOW_TABLE_EXTENDED, _listed),
    (AS_JSON, _described),
]


def fetched(frame: DataFrame, wanted: Wanted) -> ResultSet:
    """Return the rows of a frame; each batch is held once, on disk when they grow."""
    schema = frame.schema
    result: ResultSet | None = None
    try:
        for part in _batches(readable(frame, schema, wanted.reader), wanted.row_limit):
            result = result or ResultSet(schema, part.schema, wanted.spool)
            result.append(part)
    except BaseException:
        if result is not None:
            result.close()
        raise
    result = result or ResultSet(schema, to_arrow_schema(schema, timezone="UTC"), wanted.spool)
    result.modified_rows = _modified(schema, result)
    return result


def _batches(frame: Any, limit: int | None) -> Iterator[pa.RecordBatch]:
    client = frame.sparkSession.client
    left = limit
    for part in client.to_table_as_iterator(frame._plan.to_proto(client), {}):
        for batch in [] if isinstance(part, StructType) else part.to_batches():
            yield batch if left is None else batch.slice(0, left)
            left = None if left is None else left - min(left, batch.num_rows)
        if left == 0:
            return


def _modified(schema: StructType, result: ResultSet) -> int | None:
    """Return what a MERGE, UPDATE or DELETE says it changed: Delta answers with one row of counts."""
    counts = schema.fields and schema.names[0] == MODIFIED and schema.fields[0].dataType == LongType()
    return result.first_value() if counts and result.rows == 1 else None
