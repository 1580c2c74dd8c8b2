"""`DESCRIBE TABLE EXTENDED ... AS JSON`, which Spark has for its own tables only.

The form is https://spark.apache.org/docs/latest/sql-ref-syntax-aux-describe-table.html's; dbt reads columns from it.
"""

import json
import re
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DecimalType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from ..results.result_set import ResultSet, from_rows
from ..text.names import NAME, parts_of

AS_JSON = re.compile(
    rf"DESC(?:RIBE)?\s+(?:TABLE\s+)?(?:EXTENDED|FORMATTED)\s+(?P<table>{NAME})\s+AS\s+JSON$", re.I
)
_ANSWER = StructType([StructField("json_metadata", StringType())])
# Lines of the plain statement's answer, and their keys here.
_DETAILS = {"Location": "location", "Provider": "provider", "Owner": "owner", "Comment": "comment"}


def as_json(spark: SparkSession, name: str) -> ResultSet:
    """Return the description of a table or view as one row with one column. Raises what Spark raises."""
    table = spark.catalog.getTable(name)
    details = {row[0]: row[1] for row in spark.sql(f"DESCRIBE TABLE EXTENDED {name}").collect() if row[1]}
    told = {
        "table_name": table.name,
        "catalog_name": table.catalog,
        "namespace": table.namespace,
        "schema_name": (table.namespace or parts_of(name))[-1],
        "columns": [_field(field) for field in spark.table(name).schema.fields],
        "type": table.tableType,
        **{key: details[line] for line, key in _DETAILS.items() if line in details},
    }
    return from_rows(
        _ANSWER, [[json.dumps({key: value for key, value in told.items() if value is not None})]]
    )


def _field(field: StructField) -> dict[str, Any]:
    told = {"name": field.name, "type": _type(field.dataType), "nullable": field.nullable}
    comment = (field.metadata or {}).get("comment")
    return told | {"comment": comment} if comment else told


def _type(kind: DataType) -> dict[str, Any]:
    if isinstance(kind, StructType):
        return {"name": "struct", "fields": [_field(field) for field in kind.fields]}
    if isinstance(kind, ArrayType):
        element = _type(kind.elementType)
        return {"name": "array", "element_type": element, "element_nullable": kind.containsNull}
    if isinstance(kind, MapType):
        key, value = _type(kind.keyType), _type(kind.valueType)
        return {"name": "map", "key_type": key, "value_type": value, "value_nullable": kind.valueContainsNull}
    if isinstance(kind, DecimalType):
        return {"name": "decimal", "precision": kind.precision, "scale": kind.scale}
    return {"name": "timestamp_ltz" if isinstance(kind, TimestampType) else kind.simpleString()}
