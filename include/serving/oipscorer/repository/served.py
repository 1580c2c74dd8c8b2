"""A model name with its versions side by side, as one generation has them."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ..errors import RefusedError
from ..models.version import Version
from .desired import DesiredModel, require_version
from .traffic import Route

State = Literal["READY", "UNAVAILABLE", "LOADING"]


class Entry(Struct, frozen=True):
    """A line of the index."""

    state: State
    reason: str = ""


class ServedModel:
    """Versions that are ready, what is known of the others, and the route between them; it never changes.

    Args:
        ready: versions by number.
        failures: why versions that ought to be ready are not, by number.
        loading: numbers of versions that are being loaded.
    """

    def __init__(
        self,
        name: str,
        desired: DesiredModel,
        ready: dict[str, Version],
        failures: Mapping[str, str],
        loading: set[str],
    ) -> None:
        self.name, self.desired, self.ready = name, desired, ready
        self.entries = {number: self._entry(number, failures) for number in desired.versions}
        self.entries |= {number: Entry("LOADING") for number in loading - set(ready)}
        self.route = self._route()

    def _entry(self, number: str, failures: Mapping[str, str]) -> Entry:
        reason = failures.get(number) or self.desired.versions[number].reason
        return Entry("READY" if number in self.ready else "UNAVAILABLE", reason)

    def _route(self) -> Route | None:
        """None as well where a version with weight is not ready: no other one answers in its place."""
        traffic, aliases = self.desired.traffic, self.desired.aliases
        if traffic is None or traffic.numbers(aliases) - set(self.ready):
            return None
        return Route(self.name, traffic, aliases)

    def version(self, number: str) -> Version:
        """A version by its number. Raises RefusedError: 404 where it is unknown, 503 where it is not ready."""
        version = self.ready.get(number)
        if version is not None:
            return version
        self.require(number)
        entry = self.entries[number]
        why = f"is {entry.state}: {entry.reason}".rstrip(": ")
        raise RefusedError(503, f"version {number} of {self.name!r} {why}")

    def require(self, number: str) -> None:
        """Raises RefusedError (404) when a version is not in the index."""
        if number not in self.entries:
            require_version(self.desired, self.name, number)

    def chosen(self, key: object) -> Version:
        """The version that answers a request with this key. Raises RefusedError (503) when none takes traffic."""
        return self.ready[self._required_route().choose(key)]

    def weight(self, number: str) -> int:
        """Percent of the requests that it answers."""
        traffic, aliases = self.desired.traffic, self.desired.aliases
        if self.route is None or traffic is None:
            return 0
        return sum(weight for name, weight in traffic.weights.items() if aliases.get(name, name) == number)

    def main(self) -> Version:
        """The version of the largest weight. Raises RefusedError (503) when none takes traffic."""
        return self.ready[self._required_route().main]

    def _required_route(self) -> Route:
        if self.route is None:
            raise RefusedError(
                503, f"no version of {self.name!r} takes traffic; see POST /v2/repository/index"
            )
        return self.route
