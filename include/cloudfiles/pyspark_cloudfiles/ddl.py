"""Columns as Spark writes a schema: ``id bigint, price decimal(10,2)``.

Spark's own parser needs a JVM, which a worker has not.
"""

import re

from pyspark.sql import types as s

SIMPLE: dict[str, s.DataType] = {
    kind.simpleString(): kind
    for kind in (
        s.StringType(), s.BinaryType(), s.BooleanType(), s.ByteType(), s.ShortType(), s.IntegerType(), s.LongType(),
        s.FloatType(), s.DoubleType(), s.DateType(), s.TimestampType(), s.TimestampNTZType(),
    )
}  # fmt: skip
OTHER_NAMES = {
    "long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint", "real": "float", "dec": "decimal",
    "numeric": "decimal", "timestamp_ltz": "timestamp",
}  # fmt: skip
EXPECTED = f"{', '.join(sorted(SIMPLE))}, decimal(p,s), array<...>, map<...,...>, struct<name:type,...>"
_TOKEN = re.compile(r"\s*(`[^`]*`|\w+|[<>(),:])")


class DdlError(ValueError):
    """The text is no schema; the message says which part is not."""


def parse(ddl: str) -> s.StructType:
    """The columns of ``name type, name type``. Raises DdlError."""
    reader = _Reader(ddl)
    columns = reader.fields(separator="")
    if reader.tokens:
        raise DdlError(f"{reader.tokens[0]!r} is left over behind the last column")
    return s.StructType(columns)


class _Reader:
    def __init__(self, ddl: str) -> None:
        self.tokens = _tokens(ddl)

    def fields(self, separator: str) -> list[s.StructField]:
        """Columns, until no comma follows; between name and type stands `separator`."""
        found = [self._field(separator)]
        while self.tokens[:1] == [","]:
            self._take()
            found.append(self._field(separator))
        return found

    def _field(self, separator: str) -> s.StructField:
        name = self._take().strip("`")
        if not re.match(r"\w", name):
            raise DdlError(f"{name!r} where the name of a column was expected")
        if separator or self.tokens[:1] == [":"]:
            self._expect(":")
        return s.StructField(name, self._type(name))

    def _type(self, column: str) -> s.DataType:
        written = self._take().lower()
        name = OTHER_NAMES.get(written, written)
        match name:
            case "decimal":
                return self._decimal()
            case "array":
                return s.ArrayType(self._arguments(column, 1)[0])
            case "map":
                key, value = self._arguments(column, 2)
                return s.MapType(key, value)
            case "struct":
                return self._struct()
        if name not in SIMPLE:
            raise DdlError(f"column {column} is {written}, expected one of {EXPECTED}")
        return SIMPLE[name]

    def _decimal(self) -> s.DecimalType:
        if self.tokens[:1] != ["("]:
            return s.DecimalType(10, 0)
        self._expect("(")
        precision, scale = self._number(), 0
        if self.tokens[:1] == [","]:
            self._expect(",")
            scale = self._number()
        self._expect(")")
        return s.DecimalType(precision, scale)

    def _arguments(self, column: str, count: int) -> list[s.DataType]:
        self._expect("<")
        found = [self._type(column)]
        while len(found) < count:
            self._expect(",")
            found.append(self._type(column))
        self._expect(">")
        return found

    def _struct(self) -> s.StructType:
        self._expect("<")
        found = s.StructType(self.fields(separator=":"))
        self._expect(">")
        return found

    def _number(self) -> int:
        token = self._take()
        if not token.isdigit():
            raise DdlError(f"{token!r} where a number was expected")
        return int(token)

    def _expect(self, symbol: str) -> None:
        seen = self._take()
        if seen != symbol:
            raise DdlError(f"{seen!r} where {symbol!r} was expected")

    def _take(self) -> str:
        if not self.tokens:
            raise DdlError("it ends too early, expected name and type")
        return self.tokens.pop(0)


def _tokens(ddl: str) -> list[str]:
    found, place = [], 0
    while place < len(ddl.rstrip()):
        match = _TOKEN.match(ddl, place)
        if match is None:
            raise DdlError(f"{ddl[place:].strip()!r} cannot be part of a schema")
        found.append(match[1])
        place = match.end()
    return found
