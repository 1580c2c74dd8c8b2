"""Whole columns at once, where a pattern proves that Arrow and Spark agree on every value.

What no pattern proves is left to :mod:`pyspark_cloudfiles.parsing.values`, value by value; so what a value becomes does
not depend on those around it.
"""

import pyarrow as pa
import pyarrow.compute as pc

SMALL = 32  # values
YEAR_TO_DAY = r"[1-9]\d{3}-\d\d-\d\d"
TO_SECOND = YEAR_TO_DAY + r"[ T]\d\d:\d\d:\d\d(\.\d{1,6})?"
REAL = r"^(0|-?[1-9][0-9]{0,17}|-?[0-9]{1,18}\.[0-9]{1,18}([eE][+-]?[0-9]{1,2})?)$"
WORDS = {"true": True, "false": False}


def proven(texts: pa.Array, kind: pa.DataType) -> tuple[pa.Array, pa.Array]:
    """The texts as values of `kind`, and for each whether it is left open; what is left open is null."""
    if pa.types.is_string(kind):
        return texts, _none_of(texts)
    found: list[tuple[pa.Array, pa.Array]] = []
    for pattern in _patterns(kind):
        matches = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
        if pc.any(matches).as_py():
            found.append(_cast(texts, matches, kind))
    if not found:
        return pa.nulls(len(texts), kind), texts.is_valid()
    values = pc.coalesce(*(values for values, _ in found))
    return values, pc.and_(texts.is_valid(), values.is_null())


def _none_of(texts: pa.Array) -> pa.Array:
    return pa.repeat(pa.scalar(False), len(texts))


def _patterns(kind: pa.DataType) -> tuple[str, ...]:
    """What text of the type looks like for certain; none for a type that always goes value by value."""
    if pa.types.is_boolean(kind):
        return ("^(true|false)$",)
    if pa.types.is_integer(kind):
        digits = {8: 2, 16: 4, 32: 9, 64: 18}[kind.bit_width]
        return (f"^-?[0-9]{{1,{digits}}}$",)
    if pa.types.is_floating(kind):
        return (REAL,)
    if pa.types.is_decimal(kind) and kind.precision > kind.scale:
        fraction = rf"(\.[0-9]{{1,{kind.scale}}})?" if kind.scale else ""
        return (f"^-?[0-9]{{1,{kind.precision - kind.scale}}}{fraction}$",)
    if pa.types.is_date(kind):
        return (f"^{YEAR_TO_DAY}$",)
    if pa.types.is_timestamp(kind):
        zoned = rf"^{TO_SECOND}(Z|[+-](0\d|1[0-7]):[0-5]\d)$"
        return (f"^{TO_SECOND}$",) if kind.tz is None else (f"^{TO_SECOND}$", zoned)
    return ()


def _cast(texts: pa.Array, matches: pa.Array, kind: pa.DataType) -> tuple[pa.Array, pa.Array]:
    """The texts that match as values; where one looks right and is not (February 30th), those near it stay open."""
    chosen = pc.if_else(matches, texts, pa.scalar(None, pa.string()))
    try:
        return _converted(chosen, kind), matches
    except pa.ArrowInvalid:
        if len(texts) <= SMALL:
            return pa.nulls(len(texts), kind), matches
    half = len(texts) // 2
    parts = [
        _cast(texts[:half], matches[:half], kind)[0],
        _cast(texts[half:], matches[half:], kind)[0],
    ]
    return pa.concat_arrays(parts), matches


def _converted(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_timestamp(kind) or kind.tz is None:
        return pc.cast(texts, kind)
    try:
        return pc.cast(texts, kind)  # Arrow wants a zone in each, or in none
    except pa.ArrowInvalid:
        return pc.cast(pc.cast(texts, pa.timestamp(kind.unit)), kind)
