"""The features of events themselves, which need no state."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from .definition import Definition, Feature
from .fields import Fields
from .tables import events_in_order, feature_table

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
THURSDAY = 3  # 1970-01-01
Read = Callable[[int, list[float], list[str]], float]  # of ms since 1970, numbers and texts


class Own:
    """Computes the features that name no entity.

    Attributes:
        names: of the features, in the order of the definition.
    """

    def __init__(
        self, definition: Definition, fields: Fields | None = None, slots: Sequence[int] | None = None
    ) -> None:
        self._fields = fields or Fields(definition.time, definition.id)
        features = [feature for feature in definition.features if feature.entity is None]
        self.names = [feature.name for feature in features]
        reads = [READS[feature.kind](self._fields, feature) for feature in features]
        self._reads = tuple(zip(range(len(reads)) if slots is None else slots, reads, strict=True))

    def step(self, event: Mapping[str, Any]) -> list[float]:
        """The features of an event. Raises EventError."""
        row = [0.0] * len(self.names)
        self.advance(*self._fields.read(event), row)
        return row

    def advance(self, ms: int, numbers: list[float], texts: list[str], row: list[float]) -> None:
        """`step` with an event that was read before and a row to write into."""
        for slot, read in self._reads:
            row[slot] = read(ms, numbers, texts)

    def replay(self, events: pa.Table | pd.DataFrame) -> pa.Table:
        """The id and the features of a table of events, by time and id. Raises EventError."""
        ordered = events_in_order(events, self._fields)
        return feature_table(self._fields.id, ordered, self.names, [self.step(event) for event in ordered])


def _value(fields: Fields, feature: Feature) -> Read:
    """A field as it is."""
    number = fields.number(str(feature.of))
    return lambda ms, numbers, texts: numbers[number]


def _remainder(fields: Fields, feature: Feature) -> Read:
    """What is left of a field after the largest multiple of `by` that is not above it."""
    number, by = fields.number(str(feature.of)), feature.by
    return lambda ms, numbers, texts: numbers[number] % by


def _category(fields: Fields, feature: Feature) -> Read:
    """The place of a field's value among the declared ones, from 0 on; NaN for any other value."""
    text, codes = fields.text(str(feature.of)), {value: float(i) for i, value in enumerate(feature.values)}
    return lambda ms, numbers, texts: codes.get(texts[text], float("nan"))


def _hour(fields: Fields, feature: Feature) -> Read:
    """Full hours since midnight, UTC."""
    return lambda ms, numbers, texts: float(ms // HOUR_MS % 24)


def _weekday(fields: Fields, feature: Feature) -> Read:
    """Monday is 0, UTC."""
    return lambda ms, numbers, texts: float((ms // DAY_MS + THURSDAY) % 7)


READS: dict[str, Callable[[Fields, Feature], Read]] = {
    "value": _value,
    "remainder": _remainder,
    "category": _category,
    "hour": _hour,
    "weekday": _weekday,
}
