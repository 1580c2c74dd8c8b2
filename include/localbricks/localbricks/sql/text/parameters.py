"""Query parameters: what a client binds to `:name` and `?` markers, as literals of their SQL types.

They are handed to Spark beside the statement (``spark.sql(statement, args=arguments(...))``) and never written into it
here: Spark's own grammar says what a marker is, and no value can be read as anything else.
"""

import datetime as dt
import decimal
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyspark.sql import Column
from pyspark.sql import types as s
from pyspark.sql.connect import functions as F  # noqa: N812
from pyspark.sql.connect.column import Column as ConnectColumn
from pyspark.sql.connect.expressions import LiteralExpression

from ..errors import SYNTAX_OR_RULE, SqlError, not_supported
from .tokens import tokens

Arguments: TypeAlias = dict[str, Column] | list[Column]
_INTEGER, _NUMBER = (
    re.compile(r"[+-]?[0-9]+"),
    re.compile(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?|nan|[+-]?inf", re.I),
)
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d\d))?|Z")
MAX_DIGITS = 38  # of a DECIMAL
_BITS = {"TINYINT": (s.ByteType(), 8), "SMALLINT": (s.ShortType(), 16)} | {
    "INT": (s.IntegerType(), 32),
    "BIGINT": (s.LongType(), 64),
}


@dataclass(frozen=True)
class Parameter:
    """A value for the marker `name`, or for the next ``?``: text of SQL type `kind`, None for NULL.

    An ARRAY has `items`, a MAP has them by turns: key, value.
    """

    name: str | None
    kind: str = "STRING"
    value: str | None = None
    items: tuple["Parameter", ...] = ()


def arguments(parameters: Sequence[Parameter], time_zone: Callable[[], str]) -> Arguments:
    """The parameters for Spark: by name, or in their order when none has a name.

    Args:
        time_zone: tells the session's time zone; asked only when there is a TIMESTAMP.

    Raises:
        SqlError: a value is not of its type, or only some parameters have names.
    """
    named = {p.name: _checked(p, p.name, time_zone) for p in parameters if p.name}
    positional = [_checked(p, str(n), time_zone) for n, p in enumerate(parameters, 1) if not p.name]
    if named and positional:
        raise _wrong(
            "the parameters",
            f"{len(named)} have a name and {len(positional)} have none; give all names or none",
        )
    return named or positional


def by_name(sql: str, given: Arguments) -> tuple[str, dict[str, Column]]:
    """The statement with a name for each ``?``, and its arguments by these names.

    Spark 4.2 mixes up more than four parameters without names. Raises SqlError when markers and parameters differ.
    """
    if isinstance(given, dict):
        return sql, given
    parts = [token.text if token.kind != "other" or token.text != "?" else None for token in tokens(sql)]
    if parts.count(None) != len(given):
        text = f"[UNBOUND_SQL_PARAMETER] there are {parts.count(None)} ? markers and {len(given)} parameters."
        raise SqlError(f"{text} SQLSTATE: 42P02", "42P02", "UNBOUND_SQL_PARAMETER")
    numbers = count(1)
    named = "".join(f" :_{next(numbers)} " if part is None else part for part in parts)
    return named, {f"_{number}": column for number, column in enumerate(given, 1)}


def _checked(parameter: Parameter, label: str, time_zone: Callable[[], str]) -> Column:
    try:
        return _column(parameter, time_zone)
    except (ValueError, ArithmeticError, ZoneInfoNotFoundError) as error:
        what = f"{parameter.value!r} is not a valid {parameter.kind.upper()} ({error})"
        raise _wrong(f"parameter {label}", what) from error


def _wrong(which: str, what: str) -> SqlError:
    return SqlError(f"[INVALID_PARAMETER_VALUE] {which}: {what}", SYNTAX_OR_RULE, "INVALID_PARAMETER_VALUE")


def _column(parameter: Parameter, time_zone: Callable[[], str]) -> Column:
    kind = parameter.kind.upper()
    items = [_column(item, time_zone) for item in parameter.items]
    if kind.startswith("ARRAY"):
        return F.array(*items)
    if kind.startswith("MAP"):
        return F.create_map(*items)
    if items:
        raise ValueError("only ARRAY and MAP parameters may hold values")
    return ConnectColumn(_scalar(kind, parameter.value, time_zone))


def _scalar(kind: str, text: str | None, time_zone: Callable[[], str]) -> LiteralExpression:
    if kind == "VOID":
        return LiteralExpression(None, s.NullType())
    data_type, read = _reader(kind, time_zone)
    return LiteralExpression(None if text is None else read(text), data_type)


def _reader(kind: str, time_zone: Callable[[], str]) -> tuple[s.DataType, Callable[[str], Any]]:
    """The type of that name, and how its values are read. Raises ValueError for a type that parameters do not have."""
    if kind in _BITS:
        data_type, bits = _BITS[kind]
        return data_type, lambda text: _integer(text, bits)
    if match := _DECIMAL.fullmatch(kind):
        precision, scale = int(match[1]), int(match[2])
        return s.DecimalType(precision, scale), lambda text: _decimal(text, precision, scale)
    if kind == "TIMESTAMP":
        return s.TimestampType(), lambda text: _instant(dt.datetime.fromisoformat(text), time_zone())
    if kind not in _READERS:
        known = ", ".join([*_READERS, *_BITS, "TIMESTAMP", "DECIMAL(p,s)", "ARRAY", "MAP", "VOID"])
        raise ValueError(f"expected one of {known}")
    return _READERS[kind]


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text.lower() == "true"


def _integer(text: str, bits: int) -> int:
    if not _INTEGER.fullmatch(text) or not -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1):
        raise ValueError(f"no whole number of {bits} bits")
    return int(text)


def _float(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("no number")
    return float(text)


def _decimal(text: str, precision: int, scale: int) -> decimal.Decimal:
    """Rounded half up to the scale, as a cast does; raises ValueError for more digits than there is room for."""
    with decimal.localcontext() as context:
        context.prec = 2 * MAX_DIGITS
        value = decimal.Decimal(text).quantize(decimal.Decimal(1).scaleb(-scale), decimal.ROUND_HALF_UP)
    if len(value.as_tuple().digits) > precision and value:
        raise ValueError(f"more than {precision - scale} digits before the point")
    return value


def _instant(value: dt.datetime, zone_name: str) -> dt.datetime:
    """The moment; one without an offset is told by the session's clock.

    Spark writes a TIMESTAMP parameter down in the session's zone, without an offset, and reads it again: in the hour
    that a clock shows twice, the second time would become the first. Raises SqlError for it.
    """
    zone = _zone(zone_name)
    instant = value if value.tzinfo else value.replace(tzinfo=zone)
    shown = instant.astimezone(zone).replace(fold=0)
    if shown.astimezone(dt.UTC) != instant.astimezone(dt.UTC):
        instead = f"{zone_name} shows that hour twice; open the session with the time zone UTC."
        raise not_supported(f"the TIMESTAMP parameter {value.isoformat()}", instead)
    return instant


def _zone(name: str) -> dt.tzinfo:
    """A time zone as Spark names it: a region, or an offset (``+01:00``, ``UTC+1``)."""
    match = _OFFSET.fullmatch(name)
    if not match:
        return ZoneInfo(name)
    offset = dt.timedelta(hours=int(match[2] or 0), minutes=int(match[3] or 0))
    return dt.timezone(-offset if match[1] == "-" else offset)


_READERS: dict[str, tuple[s.DataType, Callable[[str], Any]]] = {
    "STRING": (s.StringType(), str),
    "BOOLEAN": (s.BooleanType(), _boolean),
    "FLOAT": (s.FloatType(), _float),
    "DOUBLE": (s.DoubleType(), _float),
    "DATE": (s.DateType(), dt.date.fromisoformat),
    "TIMESTAMP_NTZ": (
        s.TimestampNTZType(),
        lambda text: dt.datetime.fromisoformat(text).replace(tzinfo=None),
    ),
}
