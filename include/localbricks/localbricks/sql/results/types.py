"""Spark SQL types on the wire: Thrift type ids, column descriptions, and what a client cannot read natively."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from databricks.sql.thrift_api.TCLIService import ttypes as t
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as s

TYPE_IDS: dict[type[s.DataType], int] = {
    s.BooleanType: t.TTypeId.BOOLEAN_TYPE,
    s.ByteType: t.TTypeId.TINYINT_TYPE,
    s.ShortType: t.TTypeId.SMALLINT_TYPE,
    s.IntegerType: t.TTypeId.INT_TYPE,
    s.LongType: t.TTypeId.BIGINT_TYPE,
    s.FloatType: t.TTypeId.FLOAT_TYPE,
    s.DoubleType: t.TTypeId.DOUBLE_TYPE,
    s.BinaryType: t.TTypeId.BINARY_TYPE,
    s.DateType: t.TTypeId.DATE_TYPE,
    s.TimestampType: t.TTypeId.TIMESTAMP_TYPE,
    s.TimestampNTZType: t.TTypeId.TIMESTAMP_TYPE,
    s.DecimalType: t.TTypeId.DECIMAL_TYPE,
    s.ArrayType: t.TTypeId.ARRAY_TYPE,
    s.MapType: t.TTypeId.MAP_TYPE,
    s.StructType: t.TTypeId.STRUCT_TYPE,
    s.NullType: t.TTypeId.NULL_TYPE,
}
# The same types as java.sql.Types numbers them: metadata calls speak JDBC.
JDBC_TYPES: dict[type[s.DataType], int] = {
    s.BooleanType: 16,
    s.ByteType: -6,
    s.ShortType: 5,
    s.IntegerType: 4,
    s.LongType: -5,
    s.FloatType: 6,
    s.DoubleType: 8,
    s.StringType: 12,
    s.BinaryType: -2,
    s.DateType: 91,
    s.TimestampType: 93,
    s.TimestampNTZType: 93,
    s.DecimalType: 3,
    s.ArrayType: 2003,
    s.MapType: 2000,
    s.StructType: 2002,
    s.NullType: 0,
}
JDBC_OTHER = 1111
TIMESTAMPS = (s.TimestampType, s.TimestampNTZType)
NESTED = (s.ArrayType, s.MapType, s.StructType)
# Types without an Arrow form that clients read: they travel as text, as from a real warehouse.
TEXTUAL = (s.DayTimeIntervalType, s.YearMonthIntervalType, s.CalendarIntervalType, s.TimeType)

# A null field keeps its key, and a moment its microseconds: left alone, Spark drops the one and cuts the other.
_JSON = {
    "ignoreNullFields": "false",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}


def type_id(data_type: s.DataType) -> int:
    """Return the Thrift id of a Spark type; types without one (intervals, variant) travel as strings."""
    return TYPE_IDS.get(type(data_type), t.TTypeId.STRING_TYPE)


def jdbc_type(data_type: s.DataType) -> int:
    """Return the number that java.sql.Types gives a Spark type; OTHER (1111) for one that JDBC does not know."""
    return JDBC_TYPES.get(type(data_type), JDBC_OTHER)


def column_descriptions(schema: s.StructType) -> list[t.TColumnDesc]:
    """Return the Thrift description of each column, in order."""
    return [_column_description(position, field) for position, field in enumerate(schema.fields, 1)]


def _column_description(position: int, field: s.StructField) -> t.TColumnDesc:
    entry = t.TPrimitiveTypeEntry(type=type_id(field.dataType), typeQualifiers=_qualifiers(field.dataType))
    described = t.TTypeDesc(types=[t.TTypeEntry(primitiveEntry=entry)])
    return t.TColumnDesc(columnName=field.name, typeDesc=described, position=position)


def _qualifiers(data_type: s.DataType) -> t.TTypeQualifiers | None:
    if not isinstance(data_type, s.DecimalType):
        return None
    values = {"precision": data_type.precision, "scale": data_type.scale}
    return t.TTypeQualifiers({name: t.TTypeQualifierValue(i32Value=value) for name, value in values.items()})


@dataclass(frozen=True)
class Reader:
    """What a client reads natively; every other type travels to it as text."""

    arrow: bool = True
    timestamps: bool = True
    decimals: bool = True
    nested: bool = True


def reader(request: t.TExecuteStatementReq) -> Reader:
    """Return what the client of this request reads; without Arrow it reads none of these types."""
    if not request.canReadArrowResult:
        return Reader(arrow=False, timestamps=False, decimals=False, nested=False)
    native = request.useArrowNativeTypes or t.TSparkArrowTypes()
    return Reader(
        timestamps=native.timestampAsArrow is not False,
        decimals=native.decimalAsArrow is not False,
        nested=native.complexTypesAsArrow is not False,
    )


def readable(frame: DataFrame, schema: s.StructType, client: Reader) -> DataFrame:
    """Return the frame with the columns that this client cannot read as text."""
    casts = [_cast(field.dataType, client) for field in schema.fields]
    if not any(casts):
        return frame
    # By position: a result may have two columns of one name.
    names = [f"_{position}" for position in range(len(casts))]
    return frame.toDF(*names).select(*_selected(names, casts, schema.names))


def _selected(
    names: Sequence[str], casts: Sequence[Callable[[Column], Column] | None], final: Sequence[str]
) -> list[Column]:
    columns = [cast(F.col(name)) if cast else F.col(name) for name, cast in zip(names, casts, strict=True)]
    return [column.alias(name) for column, name in zip(columns, final, strict=True)]


def _cast(data_type: s.DataType, client: Reader) -> Callable[[Column], Column] | None:
    """Return how a column of this type becomes text, or None when it travels as it is."""
    if isinstance(data_type, s.VariantType) or (isinstance(data_type, NESTED) and not client.nested):
        return _to_json
    as_text = (
        isinstance(data_type, TEXTUAL)
        or (isinstance(data_type, s.DecimalType) and not client.decimals)
        or (isinstance(data_type, TIMESTAMPS) and not client.timestamps)
        or (isinstance(data_type, s.DateType) and not client.arrow)
    )
    return _to_string if as_text else None


def _to_json(column: Column) -> Column:
    return F.to_json(column, _JSON)


def _to_string(column: Column) -> Column:
    return column.cast("string")
