"""Where a member begins: what its group has committed is decided, and what the states know is known."""

import logging
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ..errors import ConfigError
from ..kafka.source import Range
from ..state.outbox import Place

log = logging.getLogger(__name__)
Start = Literal["earliest", "latest"]


class Begin(Struct, frozen=True):
    """Where a member begins with a partition.

    Args:
        decided: offset of the first message that is to be decided.
        known: offset of the first message that the states do not know. Messages between the two only move the states;
            where it is the later one, an outbox is to be said first.
    """

    decided: int
    known: int


def starts(ranges: Mapping[int, Range], places: Mapping[int, Place | None], start: Start) -> dict[int, Begin]:
    """By partition; a place is None where features keep no state.

    Raises ConfigError where Kafka and the states cannot agree.
    """
    found = {}
    for number, range_ in ranges.items():
        place = places[number] or Place()
        decided = _first(range_, place, start)
        _check(number, decided, range_, place)
        known = decided if places[number] is None else _known(number, decided, range_, place)
        found[number] = Begin(decided, known)
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
    if place.position is None or place.position <= offset:
        return
    if place.outbox is None or (place.outbox.begin, place.outbox.next) != (offset, place.position):
        raise ConfigError(
            f"store: its states know partition {number} up to {place.position}, but the group is at {offset}, and "
            "states cannot go back. Set the group's offset to theirs, or give the group a namespace of its own"
        )


def _known(number: int, decided: int, range_: Range, place: Place) -> int:
    """States that lag (of a new definition, or in a store that forgot) are caught up with from what Kafka keeps."""
    if place.position is None and range_.committed is None:
        return decided
    position = place.position or 0
    if position >= decided:
        return position
    known = min(max(position, range_.low), decided)
    log.warning(
        "partition %d: the states know messages up to %d, those from %d to %d are caught up with%s",
        *(number, position, known, decided),
        "" if known == position else "; those before are no longer in Kafka, and missing in the states",
    )
    return known
