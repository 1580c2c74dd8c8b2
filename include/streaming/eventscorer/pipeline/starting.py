"""Where a member begins to read: at what its group has committed, or else where the states are."""

import logging
from collections.abc import Mapping
from typing import Literal

from ..errors import ConfigError
from ..kafka.source import Range
from ..state.outbox import Place

log = logging.getLogger(__name__)
Start = Literal["earliest", "latest"]


def starts(ranges: Mapping[int, Range], places: Mapping[int, Place], start: Start) -> dict[int, int]:
    """The offset to be decided next, by partition. Raises ConfigError where it and the states cannot agree."""
    found = {number: _first(ranges[number], places[number], start) for number in ranges}
    for number, offset in found.items():
        _check(number, offset, ranges[number], places[number])
    return found


def _first(range_: Range, place: Place, start: Start) -> int:
    """An outbox of a group that has committed nothing is that of its first batch, which Kafka does not have."""
    if range_.committed is not None:
        return range_.committed
    if place.outbox is not None:
        return place.outbox.begin
    if place.position is not None:
        return place.position
    return range_.low if start == "earliest" else range_.high


def _check(number: int, offset: int, range_: Range, place: Place) -> None:
    if offset > range_.high:
        raise ConfigError(
            f"topic: partition {number} ends at {range_.high}, but is to be read from {offset}. Was the topic made "
            "anew? Then use another group, and another namespace of the store"
        )
    if place.position is None or place.position == offset:
        return
    if place.position < offset:
        log.warning(
            "partition %d: the states know messages up to %d only, those up to %d are missing in them",
            *(number, place.position, offset),
        )
    elif place.outbox is None or (place.outbox.begin, place.outbox.next) != (offset, place.position):
        raise ConfigError(
            f"store: its states know partition {number} up to {place.position}, but the group is at {offset}, and "
            "states cannot go back. Set the group's offset to theirs, or give the group a namespace of its own"
        )
