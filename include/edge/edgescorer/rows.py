"""Rows of a file of JSON lines or CSV, each checked against the model's features by name."""

import csv
import json
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from .errors import RowError
from .model import Feature

LARGEST = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]  # in single precision, in which models compare


@dataclass(frozen=True)
class Row:
    """One row as it came: `values` by the model's order, NaN where there is none; `error` where it cannot be scored."""

    number: int  # of its line, from 1
    keys: dict[str, Any]
    values: tuple[float, ...] = ()
    error: RowError | None = None


class Reader:
    """Makes rows of lines.

    Args:
        features: of the model; a row has each of them, the keys, and nothing else.
        keys: columns that are carried over to the row's score.
        header: of a CSV; None for JSON lines.
    """

    def __init__(
        self, features: Sequence[Feature], keys: Sequence[str], header: Sequence[str] | None = None
    ) -> None:
        self._features, self._keys, self._header = features, tuple(keys), header
        self._known = {feature.name for feature in features} | set(keys)

    def row(self, number: int, line: bytes) -> Row:
        """Never raises: what is wrong becomes the row's error."""
        keys: dict[str, Any] = {}
        try:
            record = self._record(line)
            keys = {name: _key(name, record[name]) for name in self._keys if name in record}
            self._check_names(record)
            return Row(
                number, keys, tuple(_value(feature, record[feature.name]) for feature in self._features)
            )
        except RowError as error:
            return Row(number, keys, error=error)

    def _record(self, line: bytes) -> dict[str, Any]:
        try:
            text = line.decode("utf-8")
            return _of_json(text) if self._header is None else _of_csv(text, self._header, self._keys)
        except (ValueError, RecursionError, csv.Error) as error:
            raise RowError(f"the row cannot be read: {error}") from None

    def _check_names(self, record: dict[str, Any]) -> None:
        if record.keys() == self._known:
            return
        for name in [*self._keys, *(feature.name for feature in self._features)]:
            if name not in record:
                raise RowError(f"{name!r} is missing in the row", name)
        unknown = next(name for name in record if name not in self._known)
        raise RowError(f"{unknown!r} is none of the model's features, and no key that was named", unknown)


def columns(line: bytes) -> list[str]:
    """The names in the header of a CSV. Raises RowError where one is there twice, or none."""
    names = next(csv.reader([line.decode("utf-8-sig")]), [])
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or not names:
        raise RowError(f"the header has {twice!r} twice" if names else "the file has no header")
    return names


def _of_json(text: str) -> dict[str, Any]:
    record = json.loads(text)
    if not isinstance(record, dict):
        raise ValueError(f"expected an object by feature, found {type(record).__name__}")
    return record


def _of_csv(text: str, header: Sequence[str], keys: Collection[str]) -> dict[str, Any]:
    cells = next(csv.reader([text], strict=True), [])
    if len(cells) != len(header):
        raise ValueError(f"{len(cells)} cells, the header has {len(header)}")
    named = zip(header, cells, strict=True)
    return {name: cell if name in keys else _cell(cell) for name, cell in named}


def _cell(text: str) -> Any:
    """A number where it is one; other text is refused by the feature's name."""
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _key(name: str, value: Any) -> Any:
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
        return value
    raise RowError(f"key {name!r} is {value!r}, expected text or a finite number", name)


def _value(feature: Feature, value: Any) -> float:
    if value is None:
        if feature.optional:
            return nan
        raise RowError(
            f"feature {feature.name!r} has no value, and had one in all reference rows", feature.name
        )
    if not isinstance(value, float | int):
        raise RowError(f"feature {feature.name!r} is {value!r}, expected a number", feature.name)
    try:
        number = float(value)
    except OverflowError:
        number = nan
    if not isfinite(number) or abs(number) > LARGEST:
        said = f"feature {feature.name!r} is {value!r}, expected a finite number of single precision"
        raise RowError(f"{said}, or null where it is missing", feature.name)
    return number
