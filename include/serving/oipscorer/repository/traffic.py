"""Which version answers a request that names none."""

import random
from collections.abc import Mapping
from hashlib import blake2b

from msgspec import Struct

from ..errors import RefusedError, shown

STICKY_KEY = "sticky_key"  # the request parameter that keeps a client with one version
BUCKETS = 10_000  # a hundredth of a percent each
NO_ALIASES: Mapping[str, str] = {}


class Traffic(Struct, frozen=True, forbid_unknown_fields=True):
    """Percent of the requests by version, in order, and the versions that score along without answering.

    A version is named by its number or by an alias of the registry.
    """

    weights: dict[str, int]
    shadows: tuple[str, ...] = ()

    def numbers(self, aliases: Mapping[str, str]) -> set[str]:
        """All versions that it speaks of, aliases resolved."""
        return {aliases.get(name, name) for name in (*self.weights, *self.shadows)}


def check_traffic(traffic: Traffic, ready: set[str], aliases: Mapping[str, str] = NO_ALIASES) -> None:
    """Raises RefusedError (400) unless whole weights of 0 or more sum to 100 over versions that are READY."""
    for number, weight in traffic.weights.items():
        if weight < 0:
            raise RefusedError(400, f"weights.{number}: {weight}, expected 0 or more")
    total = sum(traffic.weights.values())
    if total != 100:
        raise RefusedError(400, f"weights: their sum is {total}, expected 100")
    if unready := sorted(traffic.numbers(aliases) - ready):
        known = sorted(ready) + sorted(name for name, number in aliases.items() if number in ready)
        expected = f"versions that are READY ({', '.join(known) or 'none is'})"
        raise RefusedError(400, f"weights, shadows: {', '.join(unready)}, expected {expected}")
    if len(set(traffic.shadows)) < len(traffic.shadows):
        raise RefusedError(400, f"shadows: {', '.join(traffic.shadows)}, expected each once")
    if both := sorted(set(traffic.weights) & set(traffic.shadows)):
        raise RefusedError(400, f"shadows: {', '.join(both)} also in weights, expected one or the other")


class Route:
    """Chooses by bucket: the versions share 10,000 buckets in the order of their weights.

    A key's bucket is the BLAKE2b hash (8 bytes, big endian) of ``name NUL key``, modulo 10,000: the same in every
    process, and when weights move from one version to the next only the buckets between them change their version.
    """

    def __init__(self, name: str, traffic: Traffic, aliases: Mapping[str, str] = NO_ALIASES) -> None:
        self.name, self.traffic = name, traffic
        self.shadows = tuple(aliases.get(shadow, shadow) for shadow in traffic.shadows)
        self._bounds: list[tuple[int, str]] = []
        end = 0
        for named, weight in traffic.weights.items():
            end += weight * BUCKETS // 100
            self._bounds.append((end, aliases.get(named, named)))
        self.main = aliases.get(heaviest := max(traffic.weights, key=traffic.weights.__getitem__), heaviest)

    def choose(self, key: object) -> str:
        """The version for a key: a string or an integer, or None for any. Raises RefusedError (400)."""
        if len(self._bounds) == 1:
            _checked(key)
            return self._bounds[0][1]
        bucket = random.randrange(BUCKETS) if key is None else bucket_of(self.name, _checked(key))
        return next(number for end, number in self._bounds if bucket < end)


def bucket_of(name: str, key: object) -> int:
    """The bucket of a key among a model's 10,000."""
    text = f"{name}\0{key}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest()) % BUCKETS


def _checked(key: object) -> object:
    if key is not None and (isinstance(key, bool) or not isinstance(key, str | int)):
        raise RefusedError(400, f"parameters.{STICKY_KEY}: {shown(key)}, expected a string or an integer")
    return key
