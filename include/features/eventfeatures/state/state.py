"""The state of one entity, as it is kept and as it is written."""

from msgspec import Struct


class Ring(Struct, array_like=True):
    """Numbers of a window, cut into buckets; only buckets with events are there, oldest first."""

    buckets: list[int]  # time of the bucket, in steps since 1970
    counts: list[int]
    columns: list[list[float]]  # for each column that features ask for, one number a bucket


class Tally(Struct, array_like=True):
    """How often each value came within a window, by bucket; the value that came last is the last."""

    buckets: list[int]  # with events of any value, oldest first
    counts: list[int]
    values: dict[str, list[int]]  # bucket, count, bucket, count and so on, oldest first


class Last(Struct, array_like=True):
    """The newest event that a condition holds for."""

    at: int  # ms since 1970, -1 before there is one
    place: list[float]  # latitude and longitude in degrees, where the definition has a location


class State(Struct, array_like=True):
    """All that is known of an entity."""

    newest: int  # ms since 1970, of the newest event; -1 before the first
    events: int  # that went into it
    rings: list[Ring]
    seen: list[
        dict[str, int]
    ]  # when each value came last, in ms since 1970; the value that came last is the last
    tallies: list[Tally]
    lasts: list[Last]
