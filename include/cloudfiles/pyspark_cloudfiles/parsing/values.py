"""One value to the type of its column, as Spark's readers of JSON and CSV convert it; a misfit raises MisfitError.

Dates and moments are numbers here (days, microseconds), as Arrow and Spark keep them.
"""

import base64
import binascii
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from . import moments
from .json_record import Nested, Token, as_text, elements, members

INTEGER = re.compile(r"[+-]?\d+")  # of any script, as Java's parseInt
REAL = re.compile(
    r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)"
)  # as Java's parseDouble
HEX_REAL = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[fFdD]?")
DECIMAL = re.compile(
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
)  # digits of any script, as Java's BigDecimal
EXACT = Context(prec=1000)
ENDLESS = {
    "NaN": "nan",
    "+INF": "inf",
    "+Infinity": "inf",
    "Infinity": "inf",
    "-INF": "-inf",
    "-Infinity": "-inf",
}
CSV_ENDLESS = {"NaN": "nan", "Inf": "inf", "-Inf": "-inf"}
Lost = list[bool]  # gets an entry for each part of a nested value that did not fit


class MisfitError(ValueError):
    """The value does not fit the type of its column."""


def from_csv(text: str, kind: pa.DataType) -> Any:
    """A value of CSV. Raises MisfitError."""
    return _checked(_CSV, text, kind)


def from_json(token: Token, kind: pa.DataType, lost: Lost) -> Any:
    """A value of JSON; parts of a nested one that do not fit are null, and `lost` says so. Raises MisfitError."""
    if token is None:
        return None
    if pa.types.is_list(kind):
        return _list(token, kind, lost)
    if pa.types.is_map(kind):
        return _map(token, kind, lost)
    if pa.types.is_struct(kind):
        return _struct(token, kind, lost)
    return _checked(_JSON, token, kind)


def _checked(converters: "Converters", value: Any, kind: pa.DataType) -> Any:
    for applies, convert in converters:
        if applies(kind):
            try:
                return convert(value, kind)
            except (ValueError, TypeError, OverflowError, InvalidOperation, binascii.Error) as error:
                raise MisfitError(str(error)) from error
    raise MisfitError(f"{kind} cannot be read from text")


def _list(token: Token, kind: pa.DataType, lost: Lost) -> list[Any]:
    if not isinstance(token, Nested) or token[0] != "[":
        raise MisfitError(f"{token!r} is no list")
    return [from_json(item, kind.value_type, lost) for item in elements(token)]


def _map(token: Token, kind: pa.DataType, lost: Lost) -> list[tuple[Any, Any]]:
    return [(as_text(name), from_json(item, kind.item_type, lost)) for name, item in _object(token)]


def _struct(token: Token, kind: pa.DataType, lost: Lost) -> dict[str, Any]:
    fields = {field.name: field.type for field in kind.fields}
    found: dict[str, Any] = dict.fromkeys(fields)
    for name, item in _object(token):
        try:
            found[name] = from_json(item, fields[name], lost)
        except (MisfitError, KeyError):
            lost.append(True)
    return {name: found[name] for name in fields}


def _object(token: Token) -> list[tuple[str, Token]]:
    if not isinstance(token, Nested) or token[0] != "{":
        raise MisfitError(f"{token!r} is no object")
    return members(token)


def _json_text(token: Token, kind: pa.DataType) -> str:
    if isinstance(token, bool):
        return "true" if token else "false"
    return token.decode() if isinstance(token, bytes) else as_text(str(token))


def _json_boolean(token: Token, kind: pa.DataType) -> bool:
    if not isinstance(token, bool):
        raise MisfitError(f"{token!r} is neither true nor false")
    return token


def _json_integer(token: Token, kind: pa.DataType) -> int:
    if not isinstance(token, bytes):
        raise MisfitError(f"{token!r} is no number")
    number = int(token)
    if kind.bit_width == 8 and 127 < number < 256:
        return number - 256  # Jackson's getByteValue takes it for an unsigned byte
    return _within(number, kind)


def _json_real(token: Token, kind: pa.DataType) -> float:
    text = token.decode() if isinstance(token, bytes) else token
    if isinstance(text, str) and not isinstance(text, Nested) and text in ENDLESS:
        return float(ENDLESS[text])
    if not isinstance(token, bytes):
        raise MisfitError(f"{token!r} is no number")
    return 0.0 if token == b"-0" else _real(token.decode(), kind)  # Jackson reads it as a whole number


def _json_decimal(token: Token, kind: pa.DataType) -> Decimal:
    if isinstance(token, bytes):
        return _decimal(token.decode(), kind)
    return _decimal(_string(token).replace(",", ""), kind)


def _json_moment(token: Token, kind: pa.DataType) -> int:
    if isinstance(token, bytes) and kind.tz is not None:
        return _within(int(token) * moments.MICROS, kind)  # seconds
    return moments.micros(_string(token).replace("GMT", "", 1), zoned=kind.tz is not None)


def _json_day(token: Token, kind: pa.DataType) -> int:
    text = _string(token)
    try:
        return _day(text, kind)
    except ValueError:
        if not INTEGER.fullmatch(text):
            raise
        return _within(int(text), kind)  # days since 1970, as Spark 1.5 wrote them


def _json_bytes(token: Token, kind: pa.DataType) -> bytes:
    return base64.b64decode(_string(token), validate=True)


def _string(token: Token) -> str:
    if not isinstance(token, str) or isinstance(token, Nested):
        raise MisfitError(f"{token!r} is no string")
    return token


def _day(text: str, kind: pa.DataType) -> int:
    try:
        return moments.days(text)
    except ValueError:
        return moments.days(text.replace("GMT", "", 1))


def _csv_text(text: str, kind: pa.DataType) -> str:
    return text


def _csv_boolean(text: str, kind: pa.DataType) -> bool:
    if text.lower() not in ("true", "false"):
        raise MisfitError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _csv_integer(text: str, kind: pa.DataType) -> int:
    if not INTEGER.fullmatch(text):
        raise MisfitError(f"{text!r} is no whole number")
    return _within(int(text), kind)


def _csv_real(text: str, kind: pa.DataType) -> float:
    return float(CSV_ENDLESS[text]) if text in CSV_ENDLESS else _real(text.strip(moments.BLANKS[:33]), kind)


def _csv_decimal(text: str, kind: pa.DataType) -> Decimal:
    return _decimal(text.replace(",", ""), kind)


def _csv_moment(text: str, kind: pa.DataType) -> int:
    return moments.micros(text.replace("GMT", "", 1), zoned=kind.tz is not None)


def _csv_bytes(text: str, kind: pa.DataType) -> bytes:
    return text.encode()


def _within(number: int, kind: pa.DataType) -> int:
    if not -(1 << kind.bit_width - 1) <= number < 1 << kind.bit_width - 1:
        raise MisfitError(f"{number} is beyond {kind}")
    return number


def _real(text: str, kind: pa.DataType) -> float:
    if HEX_REAL.fullmatch(text):
        return float.fromhex(text.rstrip("fFdD"))
    if not REAL.fullmatch(text):
        raise MisfitError(f"{text!r} is no number")
    number = float(text.rstrip("fFdD"))
    if not pa.types.is_float32(kind) or number in (float("inf"), float("-inf")) or number != number:
        return number
    try:
        return pa.scalar(text.rstrip("fFdD").removeprefix("+")).cast(kind).as_py()
    except pa.ArrowInvalid:
        return float("inf") if number > 1 else float("-inf") if number < -1 else 0.0


def _decimal(text: str, kind: pa.DataType) -> Decimal:
    """Rounded half up to the scale, as Spark does."""
    if not DECIMAL.fullmatch(text):
        raise MisfitError(f"{text!r} is no number")
    number = Decimal(text).quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP, EXACT)
    if number and number.adjusted() + 1 + kind.scale > kind.precision:
        raise MisfitError(f"{text} is beyond {kind}")
    return number


Converters = list[tuple[Callable[[pa.DataType], bool], Callable[[Any, pa.DataType], Any]]]
_JSON: Converters = [
    (pa.types.is_string, _json_text),
    (pa.types.is_boolean, _json_boolean),
    (pa.types.is_integer, _json_integer),
    (pa.types.is_floating, _json_real),
    (pa.types.is_decimal, _json_decimal),
    (pa.types.is_timestamp, _json_moment),
    (pa.types.is_date, _json_day),
    (pa.types.is_binary, _json_bytes),
]
_CSV: Converters = [
    (pa.types.is_string, _csv_text),
    (pa.types.is_boolean, _csv_boolean),
    (pa.types.is_integer, _csv_integer),
    (pa.types.is_floating, _csv_real),
    (pa.types.is_decimal, _csv_decimal),
    (pa.types.is_timestamp, _csv_moment),
    (pa.types.is_date, _day),
    (pa.types.is_binary, _csv_bytes),
]
