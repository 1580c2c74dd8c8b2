"""Features computed slowly and obviously: for each event, all earlier events of its entity are looked at again."""

from collections.abc import Callable, Mapping, Sequence
from math import floor, nan, sqrt
from typing import Any

from eventfeatures.aggregates.last import haversine_km
from eventfeatures.definition import Definition, Feature

BUCKETS = 60
Event = Mapping[str, Any]
Taken = tuple[int, Event]  # the time at which its entity took an event, and the event


def rows(definition: Definition, events: Sequence[Event]) -> list[list[float]]:
    """The features of events in their order."""
    return [
        [_feature(definition, f, events[: i + 1]) for f in definition.features] for i in range(len(events))
    ]


def _feature(definition: Definition, feature: Feature, events: Sequence[Event]) -> float:
    event = events[-1]
    if feature.entity is None:
        return _own(feature, event, event[definition.time])
    key = definition.entities[feature.entity]
    *before, (now, _) = _taken(definition, [e for e in events if e[key] == event[key]])
    memory = max((f.window_ms for f in definition.features if f.entity == feature.entity), default=0)
    if feature.kind in LASTS:
        matching = [taken for taken in before if _matches(feature, taken[1]) and taken[0] > now - memory]
        return LASTS[feature.kind](definition, matching[-1], now, event) if matching else nan
    exact = feature.kind in ("distinct", "first_seen")
    reach = _within_exactly if exact else _within_buckets
    past = [e for at, e in before if reach(at, now, feature.window_ms) and _matches(feature, e)]
    return WINDOWS[feature.kind](feature, past, event)


def _taken(definition: Definition, events: Sequence[Event]) -> list[Taken]:
    """A late event is taken at the time of the newest."""
    newest, taken = 0, []
    for event in events:
        newest = max(newest, event[definition.time])
        taken.append((newest, event))
    return taken


def _matches(feature: Feature, event: Event) -> bool:
    return feature.where is None or event[feature.where.field] == feature.where.equals


def _within_exactly(at: int, now: int, window_ms: int) -> bool:
    return at > now - window_ms


def _within_buckets(at: int, now: int, window_ms: int) -> bool:
    step = window_ms // BUCKETS
    return at // step > now // step - BUCKETS


def _own(feature: Feature, event: Event, ms: int) -> float:
    if feature.kind == "value":
        return float(event[str(feature.of)])
    if feature.kind == "remainder":
        amount = event[str(feature.of)]
        return amount - floor(amount / feature.by) * feature.by
    if feature.kind == "category":
        value = event[str(feature.of)]
        return float(feature.values.index(value)) if value in feature.values else nan
    return float(ms // 3_600_000 % 24) if feature.kind == "hour" else float((ms // 86_400_000 + 3) % 7)


def _values(feature: Feature, past: Sequence[Event]) -> list[Any]:
    return [event[str(feature.of)] for event in past]


def _mean(feature: Feature, past: Sequence[Event], event: Event) -> float:
    return sum(_values(feature, past)) / len(past) if past else nan


def _ratio(feature: Feature, past: Sequence[Event], event: Event) -> float:
    total = sum(_values(feature, past))
    return event[str(feature.of)] * len(past) / total if total else nan


def _zscore(feature: Feature, past: Sequence[Event], event: Event) -> float:
    values = _values(feature, past)
    if len(set(values)) < 2:
        return nan
    mean = sum(values) / len(values)
    return (event[str(feature.of)] - mean) / sqrt(sum((v - mean) ** 2 for v in values) / len(values))


def _share(feature: Feature, past: Sequence[Event], event: Event) -> float:
    return _values(feature, past).count(event[str(feature.of)]) / len(past) if past else nan


WINDOWS: dict[str, Callable[[Feature, Sequence[Event], Event], float]] = {
    "count": lambda feature, past, event: float(len(past)),
    "sum": lambda feature, past, event: float(sum(_values(feature, past))),
    "mean": _mean,
    "max": lambda feature, past, event: max(_values(feature, past), default=nan),
    "ratio": _ratio,
    "zscore": _zscore,
    "distinct": lambda feature, past, event: float(len(set(_values(feature, past)))),
    "first_seen": lambda feature, past, event: float(event[str(feature.of)] not in _values(feature, past)),
    "share": _share,
}


def _distance(definition: Definition, last: Taken, now: int, event: Event) -> float:
    latitude, longitude = definition.location or ("", "")
    return haversine_km(last[1][latitude], last[1][longitude], event[latitude], event[longitude])


LASTS: dict[str, Callable[[Definition, Taken, int, Event], float]] = {
    "seconds_since_last": lambda definition, last, now, event: (now - last[0]) / 1000,
    "distance_km": _distance,
    "speed_kmh": lambda definition, last, now, event: (
        _distance(definition, last, now, event) / max((now - last[0]) / 1000, 1.0) * 3600
    ),
}
