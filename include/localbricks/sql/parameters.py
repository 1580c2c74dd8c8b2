"""Query parameters: what a client binds to :name or ? markers, as typed Spark literals."""

import datetime as dt
import decimal
import re
from collections.abc import Callable, Sequence
from typing import Any

from databricks.sql.thrift_api.TCLIService import ttypes as t
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as s
from pyspark.sql.connect.column import Column as ConnectColumn
from pyspark.sql.connect.expressions import LiteralExpression

from .errors import SYNTAX_OR_RULE, SqlError

Arguments = dict[str, Any] | list[Any] | None

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)$")


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _timestamp(text: str) -> dt.datetime:
    """Read a timestamp; without an offset it means the session's time zone, which is UTC."""
    value = dt.datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


SCALARS: dict[str, tuple[s.DataType, Callable[[str], Any]]] = {
    "STRING": (s.StringType(), str),
    "BOOLEAN": (s.BooleanType(), _boolean),
    "TINYINT": (s.ByteType(), int),
    "SMALLINT": (s.ShortType(), int),
    "INT": (s.IntegerType(), int),
    "BIGINT": (s.LongType(), int),
    "FLOAT": (s.FloatType(), float),
    "DOUBLE": (s.DoubleType(), float),
    "DATE": (s.DateType(), dt.date.fromisoformat),
    "TIMESTAMP": (s.TimestampType(), _timestamp),
    "TIMESTAMP_NTZ": (s.TimestampNTZType(), dt.datetime.fromisoformat),
}


def arguments(parameters: Sequence[t.TSparkParameter] | None) -> Arguments:
    """Return the arguments of SparkSession.sql: by name, by position, or None without parameters."""
    if not parameters:
        return None
    if all(parameter.name for parameter in parameters):
        return {parameter.name: _bound(parameter, parameter.name) for parameter in parameters}
    return [_bound(parameter, str(position)) for position, parameter in enumerate(parameters, 1)]


def _bound(parameter: t.TSparkParameter, label: str) -> Column:
    """Return one parameter as a column; raises SqlError naming the parameter, its type and its value."""
    kind = (parameter.type or "STRING").upper()
    try:
        if parameter.arguments:
            return _nested(kind, parameter.arguments)
        return _literal(kind, parameter.value.stringValue if parameter.value is not None else None)
    except (ValueError, ArithmeticError, AssertionError) as error:
        value = parameter.value.stringValue if parameter.value is not None else None
        raise SqlError(
            f"[INVALID_PARAMETER_VALUE] parameter {label}: {value!r} is not a valid {kind} ({error})",
            SYNTAX_OR_RULE,
            "INVALID_PARAMETER_VALUE",
        ) from error


def _literal(kind: str, text: str | None) -> Any:
    if text is None or kind == "VOID":
        return F.lit(None)
    matched = _DECIMAL.match(kind)
    if matched:
        data_type: s.DataType = s.DecimalType(int(matched[1]), int(matched[2]))
        return ConnectColumn(LiteralExpression(decimal.Decimal(text), data_type))
    if kind not in SCALARS:
        raise ValueError(f"expected one of {', '.join(SCALARS)}, DECIMAL(p,s), ARRAY, MAP or STRUCT")
    data_type, convert = SCALARS[kind]
    return ConnectColumn(LiteralExpression(convert(text), data_type))


def _nested(kind: str, values: Sequence[t.TSparkParameterValueArg]) -> Any:
    columns = [_nested_value(value) for value in values]
    if kind.startswith("ARRAY"):
        return F.array(*columns)
    if kind.startswith("MAP"):
        return F.create_map(*columns)
    raise ValueError("only ARRAY and MAP parameters may hold values")


def _nested_value(value: t.TSparkParameterValueArg) -> Any:
    kind = (value.type or "STRING").upper()
    return _nested(kind, value.arguments) if value.arguments else _literal(kind, value.value)
