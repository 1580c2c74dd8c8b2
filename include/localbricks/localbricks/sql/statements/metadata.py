"""Catalogs, schemas, tables and columns, as JDBC's DatabaseMetaData and the connector's cursor ask for them."""

import re
from collections.abc import Iterator
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql.types import DecimalType, IntegerType, StringType, StructField, StructType

from ..results.result_set import ResultSet, from_rows
from ..results.types import JDBC_TYPES, jdbc_type
from ..text.names import quoted

NULLABLE = 1
NOT_NULL = 0
SEARCHABLE = 3


def _schema(*names: str, numbers: tuple[str, ...] = ()) -> StructType:
    return StructType([StructField(n, IntegerType() if n in numbers else StringType()) for n in names])


_CATALOGS = _schema("TABLE_CAT")
_SCHEMAS = _schema("TABLE_SCHEM", "TABLE_CATALOG")
_TABLE_TYPES = _schema("TABLE_TYPE")
_TABLES = _schema("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS")
_COLUMNS = _schema(
    *("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE"),
    *("DECIMAL_DIGITS", "NULLABLE", "REMARKS", "ORDINAL_POSITION", "IS_NULLABLE"),
    numbers=("DATA_TYPE", "COLUMN_SIZE", "DECIMAL_DIGITS", "NULLABLE", "ORDINAL_POSITION"),
)
_TYPES = _schema(
    *("TYPE_NAME", "DATA_TYPE", "NULLABLE", "SEARCHABLE"), numbers=("DATA_TYPE", "NULLABLE", "SEARCHABLE")
)
_FUNCTIONS = _schema("FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME")


def pattern(text: str | None) -> re.Pattern[str]:
    """Return a JDBC search pattern: ``%`` is any text, ``_`` any character, a backslash makes either plain."""
    if not text or text == "*":
        return re.compile(".*", re.S)
    parts = re.findall(r"\\.|.", text, re.S)
    made = "".join({"%": ".*", "_": "."}.get(part) or re.escape(part[-1]) for part in parts)
    return re.compile(made, re.I | re.S)


def catalogs(spark: SparkSession) -> ResultSet:
    """Return the catalogs of the workspace."""
    return from_rows(_CATALOGS, [[name] for name in _catalog_names(spark, None)])


def table_types() -> ResultSet:
    """Return TABLE and VIEW."""
    return from_rows(_TABLE_TYPES, [["TABLE"], ["VIEW"]])


def type_info() -> ResultSet:
    """Return the types a column can have, with their numbers in java.sql.Types."""
    rows = [[kind.typeName().upper(), number, NULLABLE, SEARCHABLE] for kind, number in JDBC_TYPES.items()]
    return from_rows(_TYPES, rows)


def functions(spark: SparkSession, name: str | None) -> ResultSet:
    """Return the functions whose name fits the pattern."""
    fits = pattern(name)
    names = [row[0] for row in spark.sql("SHOW FUNCTIONS").collect()]
    return from_rows(_FUNCTIONS, [[None, None, found] for found in names if fits.fullmatch(found)])


def schemas(spark: SparkSession, catalog: str | None, schema: str | None) -> ResultSet:
    """Return the schemas whose name fits the pattern, of the catalogs whose name does."""
    return from_rows(_SCHEMAS, [[name, owner] for owner, name in _schema_names(spark, catalog, schema)])


def tables(
    spark: SparkSession, catalog: str | None, schema: str | None, table: str | None, kinds: list[str] | None
) -> ResultSet:
    """Return tables and views whose names fit the patterns; schemas are filtered before any of them is opened."""
    wanted = {kind.upper() for kind in kinds or []}
    rows = [
        [in_catalog, in_schema, name, kind, ""]
        for in_catalog, in_schema, name, kind in _relations(spark, catalog, schema, table)
        if not wanted or kind in wanted
    ]
    return from_rows(_TABLES, rows)


def columns(
    spark: SparkSession, catalog: str | None, schema: str | None, table: str | None, column: str | None
) -> ResultSet:
    """Return the columns of the tables that fit, in order."""
    fits = pattern(column)
    rows = [
        [*relation, *_described(field, position)]
        for *relation, _ in _relations(spark, catalog, schema, table)
        for position, field in enumerate(_fields(spark, relation))
        if fits.fullmatch(field.name)
    ]
    return from_rows(_COLUMNS, rows)


def _fields(spark: SparkSession, relation: list[str]) -> list[StructField]:
    try:
        return spark.table(quoted(relation)).schema.fields
    except AnalysisException:
        # Dropped since it was listed, or a view whose table is gone: others' columns are still asked for.
        return []


def _described(field: StructField, position: int) -> list[object]:
    kind = field.dataType
    precision, scale = (kind.precision, kind.scale) if isinstance(kind, DecimalType) else (None, None)
    comment = (field.metadata or {}).get("comment", "")
    nullable, answer = (NULLABLE, "YES") if field.nullable else (NOT_NULL, "NO")
    type_name = kind.simpleString().upper()
    return [field.name, jdbc_type(kind), type_name, precision, scale, nullable, comment, position, answer]


def _catalog_names(spark: SparkSession, catalog: str | None) -> list[str]:
    fits = pattern(catalog)
    return [row[0] for row in spark.sql("SHOW CATALOGS").collect() if fits.fullmatch(row[0])]


def _schema_names(spark: SparkSession, catalog: str | None, schema: str | None) -> list[tuple[str, str]]:
    fits = pattern(schema)
    return [
        (owner, row[0])
        for owner in _catalog_names(spark, catalog)
        for row in spark.sql(f"SHOW SCHEMAS IN {quoted([owner])}").collect()
        if fits.fullmatch(row[0])
    ]


def _relations(
    spark: SparkSession, catalog: str | None, schema: str | None, table: str | None
) -> Iterator[tuple[str, str, str, str]]:
    fits = pattern(table)
    for owner, in_schema in _schema_names(spark, catalog, schema):
        views = {row["viewName"] for row in _shown(spark, "VIEWS", owner, in_schema)}
        for row in _shown(spark, "TABLES", owner, in_schema):
            if not row["isTemporary"] and fits.fullmatch(row["tableName"]):
                yield owner, in_schema, row["tableName"], "VIEW" if row["tableName"] in views else "TABLE"


def _shown(spark: SparkSession, what: str, catalog: str, schema: str) -> list[Any]:
    try:
        return list(spark.sql(f"SHOW {what} IN {quoted([catalog, schema])}").collect())
    except AnalysisException as error:
        if error.getCondition() == "SCHEMA_NOT_FOUND":  # dropped since the schemas were listed
            return []
        raise
