"""Tasks that wait for each other, which no request may ask for."""

from collections.abc import Mapping, Sequence


def find_cycle(upstream: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys along a cycle, the first one repeated at its end, or an empty list."""
    unordered = dict(upstream)
    while free := [key for key, keys in unordered.items() if not any(other in unordered for other in keys)]:
        for key in free:
            del unordered[key]
    return _walk(unordered) if unordered else []


def _walk(upstream: Mapping[str, Sequence[str]]) -> list[str]:
    """Follow the first unfinished dependency of each task until one repeats."""
    path = [next(iter(upstream))]
    while True:
        following = next(key for key in upstream[path[-1]] if key in upstream)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
