"""Spark SQL data types as text, checked while a configuration file is read and without a Spark session.

Grammar: https://spark.apache.org/docs/latest/sql-ref-datatypes.html
"""

import re
from typing import Annotated

from pydantic import AfterValidator

SIMPLE = (
    "bigint", "int", "smallint", "tinyint", "double", "float", "string", "boolean", "binary", "date", "timestamp",
    "timestamp_ntz",
)  # fmt: skip
WHOLE_NUMBERS = SIMPLE[:4]
# What dbt's contracts may say too: Spark reads each as the type behind it.
OTHER_NAMES = {
    "integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint", "real": "float", "dec": "decimal",
    "numeric": "decimal",
}  # fmt: skip
EXAMPLES = f"{', '.join(SIMPLE)}, decimal(p,s), array<...>, map<...,...>, struct<name:type,...>"
MAX_PRECISION = 38
_TOKEN = re.compile(r"\s*([a-z_][a-z0-9_]*|\d+|[<>(),:])")


def checked(text: str) -> str:
    """`text` in lower case and without spaces. Raises ValueError naming the part that is no type."""
    tokens = _tokens(text)
    _read(tokens, text)
    if tokens:
        raise ValueError(f"{''.join(tokens)!r} is left over behind the type; expected one of {EXAMPLES}")
    return re.sub(r"\s+", "", text.lower())


def plain(text: str) -> str:
    """`text`, which need not be checked, as Spark itself calls the type: ``decimal(10,2)`` for ``NUMERIC(10, 2)``."""
    name, bracket, rest = re.sub(r"\s+", "", text.lower()).partition("(")
    return OTHER_NAMES.get(name, name) + bracket + rest


def is_number(sql_type: str) -> bool:
    """Whether a plain type holds numbers; an interval is none."""
    return sql_type in SIMPLE[:6] or sql_type.partition("(")[0] == "decimal"


def is_whole_number(sql_type: str) -> bool:
    """Whether a plain type holds whole numbers only."""
    return sql_type in WHOLE_NUMBERS


def can_be_feature(sql_type: str) -> bool:
    """Whether a model can read a plain type: numbers, and booleans as 0 and 1."""
    return is_number(sql_type) or sql_type == "boolean"


def is_nested(sql_type: str) -> bool:
    """Whether a plain type holds several values: an array, a map or a struct."""
    return "<" in sql_type


def as_key(sql_type: str) -> str:
    """A checked type that rows can be told apart by. Raises ValueError for one that holds several values."""
    if is_nested(sql_type):
        raise ValueError(
            f"a key is joined, grouped and partitioned on, expected one value: {', '.join(SIMPLE)} or decimal(p,s)"
        )
    return sql_type


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text.lower(), place)
        if match is None:
            raise ValueError(f"{text[place:]!r} cannot be part of a type; expected one of {EXAMPLES}")
        found.append(match[1])
        place = match.end()
    return found


def _read(tokens: list[str], text: str) -> None:
    """Take one type from the front of `tokens`."""
    name = _take(tokens, text)
    if name == "decimal":
        _read_decimal(tokens, text)
    elif name == "array":
        _read_arguments(tokens, text, 1)
    elif name == "map":
        _read_arguments(tokens, text, 2)
    elif name == "struct":
        _read_struct(tokens, text)
    elif name not in SIMPLE:
        raise ValueError(f"{name!r} is no type; expected one of {EXAMPLES}")


def _read_decimal(tokens: list[str], text: str) -> None:
    if not tokens or tokens[0] != "(":
        return
    opening, precision, comma, scale, closing = (_take(tokens, text) for _ in range(5))
    well_formed = (opening, comma, closing) == ("(", ",", ")") and precision.isdigit() and scale.isdigit()
    if not well_formed or not 1 <= int(precision) <= MAX_PRECISION or int(scale) > int(precision):
        raise ValueError(
            f"decimal needs a precision from 1 to {MAX_PRECISION} and a scale within it: decimal(10,2)"
        )


def _read_arguments(tokens: list[str], text: str, count: int) -> None:
    _expect(tokens, "<", text)
    for number in range(count):
        if number:
            _expect(tokens, ",", text)
        _read(tokens, text)
    _expect(tokens, ">", text)


def _read_struct(tokens: list[str], text: str) -> None:
    _expect(tokens, "<", text)
    while True:
        _take(tokens, text)
        _expect(tokens, ":", text)
        _read(tokens, text)
        if _take(tokens, text) == ">":
            return


def _expect(tokens: list[str], symbol: str, text: str) -> None:
    seen = _take(tokens, text)
    if seen != symbol:
        raise ValueError(f"{seen!r} where {symbol!r} was expected")


def _take(tokens: list[str], text: str) -> str:
    if not tokens:
        raise ValueError("the type ends too early")
    return tokens.pop(0)


SqlType = Annotated[str, AfterValidator(checked)]
KeyType = Annotated[SqlType, AfterValidator(as_key)]
