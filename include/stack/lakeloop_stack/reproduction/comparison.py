"""Then and now, line by line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lakeloop.lifecycle.reproduction.pinning import DATA_HASHES, DETERMINED_BY, LOCK

from .version import PinnedVersion

TOLERANCE = 1e-9  # of a metric, absolute
SHOWN = 16  # characters of a digest
# Another processor or another patch of Python is worth knowing, but what comes out decides.
CIRCUMSTANCES = ("python", "machine")


@dataclass(frozen=True)
class Line:
    """`same` None: a circumstance that differs, or something that could not be compared; it decides nothing."""

    what: str
    then: str
    now: str
    same: bool | None


def compare(version: PinnedVersion, revision: str, lock: str, result: Mapping[str, Any]) -> list[Line]:
    """All lines but that of Delta.

    Args:
        revision, lock: of the checkout.
        result: what :func:`lakeloop.lifecycle.reproduction.rerun.rerun` wrote.
    """
    return [
        _digest("code revision", version.revision, revision),
        _digest("lock, SHA-256", version.tags[LOCK], lock),
        *_hashes(version, result),
        *_determined(version, result),
        *_metrics(version.metrics, result["metrics"]),
        _predictions(result["predictions"]),
    ]


def reproduced(lines: list[Line]) -> bool:
    """Whether nothing that decides is different."""
    return all(line.same is not False for line in lines)


def _hashes(version: PinnedVersion, result: Mapping[str, Any]) -> Iterator[Line]:
    then = version.json(DATA_HASHES)
    for part, now in result[DATA_HASHES].items():
        yield _digest(f"{part} rows, SHA-256", str(then.get(part, "")), now)


def _determined(version: PinnedVersion, result: Mapping[str, Any]) -> Iterator[Line]:
    then = version.json(DETERMINED_BY)
    for name, now in result[DETERMINED_BY].items():
        same: bool | None = then.get(name) == now
        yield Line(
            name, _text(then.get(name)), _text(now), same or (None if name in CIRCUMSTANCES else False)
        )


def _metrics(then: Mapping[str, float], now: Mapping[str, float]) -> Iterator[Line]:
    """Those that come out now; one that was not written down then is a difference."""
    for name, value in now.items():
        if name not in then:
            yield Line(name, "none", repr(value), False)
        else:
            yield Line(name, repr(then[name]), repr(value), abs(then[name] - value) <= TOLERANCE)


def _predictions(found: Mapping[str, Any]) -> Line:
    what = f"{found['rows']:,} holdout predictions, bit for bit"
    differing = found["differing"]
    if not differing:
        return _digest(what, found["then"], found["now"])
    note = f"{differing:,} differ, by {found['largest_difference']:.3g} at most"
    return Line(what, found["then"][:SHOWN], note, False)


def _digest(what: str, then: str, now: str) -> Line:
    return Line(what, then[:SHOWN], now[:SHOWN], then == now)


def _text(value: object) -> str:
    return "none" if value is None else str(value)
