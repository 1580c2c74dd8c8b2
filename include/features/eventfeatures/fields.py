"""What is taken from an event, checked: its time, numbers and texts, by index."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from math import isfinite
from numbers import Real
from operator import itemgetter
from typing import Any

from .errors import EventError, shown

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LAST_MS = 253_402_300_800_000  # the year 10000
Observation = tuple[int, list[float], list[str]]  # ms since 1970, numbers, texts


class Fields:
    """The fields that features need; each is checked once for every event."""

    def __init__(self, time: str, name: str) -> None:
        self.time, self.id = time, name
        self._numbers: list[str] = []
        self._texts: list[str] = []

    @property
    def names(self) -> list[str]:
        """All fields, the time and the id among them."""
        return list(dict.fromkeys([self.id, self.time, *self._texts, *self._numbers]))

    @property
    def numbers(self) -> list[str]:
        """Fields that hold numbers."""
        return list(self._numbers)

    def number(self, field: str) -> int:
        """The index of a field that holds a number."""
        return _index(self._numbers, field)

    def text(self, field: str) -> int:
        """The index of a field that holds a string or an integer."""
        return _index(self._texts, field)

    @cached_property
    def read(self) -> Callable[[Mapping[str, Any]], Observation]:
        """A function from an event to what is needed of it; it raises EventError. Used after all fields are known."""
        time, numbers, texts = self.time, tuple(self._numbers), tuple(self._texts)
        take = _taking([time, *numbers, *texts, time])
        split = 1 + len(numbers)
        real, string, moment = self._real, self._string, self._moment

        def read(event: Mapping[str, Any]) -> Observation:
            try:
                found = take(event)
            except KeyError as error:
                raise EventError(f"{self._named(event)}: field {error.args[0]} is missing") from None
            reals, strings, at = list(found[1:split]), list(found[split:-1]), found[0]
            for index, value in enumerate(reals):
                if type(value) is not float or not isfinite(value):
                    reals[index] = real(event, numbers[index], value)
            for index, text in enumerate(strings):
                if type(text) is not str:
                    strings[index] = string(event, texts[index], text)
            return at if type(at) is int and 0 <= at < LAST_MS else moment(event, at), reals, strings

        return read

    def moment(self, event: Mapping[str, Any]) -> int:
        """The time of an event in ms since 1970. Raises EventError."""
        value = event[self.time]
        return value if type(value) is int and 0 <= value < LAST_MS else self._moment(event, value)

    def _named(self, event: Mapping[str, Any]) -> str:
        return f"event {shown(event[self.id])}" if self.id in event else f"event without {self.id}"

    def _real(self, event: Mapping[str, Any], field: str, value: object) -> float:
        if isinstance(value, Real) and not isinstance(value, bool) and _is_finite(value):
            return float(value)
        raise EventError(f"{self._named(event)}: field {field} is {shown(value)}, expected a finite number")

    def _string(self, event: Mapping[str, Any], field: str, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str):
            return str(value)
        raise EventError(
            f"{self._named(event)}: field {field} is {shown(value)}, expected a string or an integer"
        )

    def _moment(self, event: Mapping[str, Any], value: object) -> int:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            moment = None
        if isinstance(moment, datetime) and moment.tzinfo is not None and moment >= EPOCH:
            return (moment - EPOCH) // MILLISECOND
        raise EventError(
            f"{self._named(event)}: field {self.time} is {shown(value)}, expected a time from 1970 on with its "
            "offset from UTC: milliseconds since 1970, a datetime, or a string such as 2025-03-01T12:00:00.250Z"
        )


def _is_finite(value: Real) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # an integer beyond a double
        return False


def _taking(fields: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """All of some fields, at least two, at once."""
    return itemgetter(*fields)


def _index(of: list[str], field: str) -> int:
    if field not in of:
        of.append(field)
    return of.index(field)
