"""Spark SQL types on the wire: Thrift type ids, column descriptions, and what a client cannot read natively."""

from collections.abc import Callable, Sequence

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
NESTED = (s.ArrayType, s.MapType, s.StructType)
# Types without an Arrow form that clients read: they travel as text, as from a real warehouse.
TEXTUAL = (s.DayTimeIntervalType, s.YearMonthIntervalType, s.CalendarIntervalType, s.TimeType)


def type_id(data_type: s.DataType) -> int:
    """Return the Thrift id of a Spark type; types without one (intervals, variant) travel as strings."""
    return TYPE_IDS.get(type(data_type), t.TTypeId.STRING_TYPE)


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


def readable(frame: DataFrame, schema: s.StructType, native: t.TSparkArrowTypes | None) -> DataFrame | None:
    """Return the frame with the columns that this client cannot read as text, or None when it can read all."""
    casts = [_cast(field.dataType, native) for field in schema.fields]
    if not any(casts):
        return None
    # By position: a result may have two columns of one name.
    names = [f"_{position}" for position in range(len(casts))]
    return frame.toDF(*names).select(*_selected(names, casts, schema.names))


def _selected(
    names: Sequence[str], casts: Sequence[Callable[[Column], Column] | None], final: Sequence[str]
) -> list[Column]:
    columns = [cast(F.col(name)) if cast else F.col(name) for name, cast in zip(names, casts, strict=True)]
    return [column.alias(name) for column, name in zip(columns, final, strict=True)]


def _cast(data_type: s.DataType, native: t.TSparkArrowTypes | None) -> Callable[[Column], Column] | None:
    """Return how a column of this type becomes text, or None when it travels as it is."""
    if isinstance(data_type, s.VariantType):
        return F.to_json
    if isinstance(data_type, TEXTUAL):
        return lambda column: column.cast("string")
    if native is not None and native.complexTypesAsArrow is False and isinstance(data_type, NESTED):
        return F.to_json
    if native is not None and native.decimalAsArrow is False and isinstance(data_type, s.DecimalType):
        return lambda column: column.cast("string")
    return None
