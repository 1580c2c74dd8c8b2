"""A model name with its versions side by side."""

from typing import Literal

from msgspec import Struct

from ..errors import RefusedError, shown
from ..models.version import Version
from .sources import Source
from .traffic import Route, Traffic, check_traffic

State = Literal["READY", "UNAVAILABLE", "LOADING"]


class Entry(Struct):
    """A line of the index, and where the version comes from."""

    source: Source
    state: State
    reason: str = ""


class ServedModel:
    """Versions that are ready, what is known of the others, and the route between them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready: dict[str, Version] = {}
        self.entries: dict[str, Entry] = {}
        self.route: Route | None = None

    def loading(self, source: Source) -> None:
        """A version is being loaded; one that is ready goes on as it is."""
        if source.number not in self.ready:
            self.entries[source.number] = Entry(source, "LOADING")

    def loaded(self, source: Source, version: Version) -> None:
        """A version is ready from now on; the first one takes all traffic."""
        self.entries[source.number] = Entry(source, "READY")
        self.ready[source.number] = version
        if self.route is None:
            self.route = Route(self.name, Traffic({source.number: 100}))

    def failed(self, source: Source, reason: str) -> None:
        """A version could not be loaded; what was ready under its number goes on serving."""
        if source.number in self.ready:
            entry = self.entries[source.number]
            entry.reason = f"serves as loaded before; {source.folder} is refused: {reason}"
        else:
            self.entries[source.number] = Entry(source, "UNAVAILABLE", reason)

    def direct(self, traffic: Traffic) -> None:
        """New weights and shadows, all at once. Raises RefusedError (400) and leaves the old ones."""
        check_traffic(traffic, set(self.ready))
        self.route = Route(self.name, traffic)

    def unload(self, number: str) -> None:
        """Takes a version out. Raises RefusedError (409) while traffic names it."""
        if self.route and number in self.route.traffic.names():
            said = f"version {number} of {self.name!r} has weight or shadows, expected none"
            raise RefusedError(
                409, f"{said}; PUT other weights to /v2/repository/models/{self.name}/traffic first"
            )
        self._take_out(number)

    def unload_all(self) -> None:
        """Takes every version out: the name answers no more."""
        self.route = None
        for number in list(self.entries):
            self._take_out(number)

    def _take_out(self, number: str) -> None:
        self.ready.pop(number, None)
        self.entries[number] = Entry(self.entries[number].source, "UNAVAILABLE", "unloaded")

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
            known = ", ".join(self.entries) or "none"
            raise RefusedError(
                404, f"model {self.name!r} has no version {shown(number)}, expected one of {known}"
            )

    def chosen(self, key: object) -> Version:
        """The version that answers a request with this key. Raises RefusedError (503) when none takes traffic."""
        if self.route is None:
            raise RefusedError(
                503, f"no version of {self.name!r} takes traffic; see POST /v2/repository/index"
            )
        return self.ready[self.route.choose(key)]

    def main(self) -> Version:
        """The version of the largest weight. Raises RefusedError (503) when none takes traffic."""
        if self.route is None:
            return self.chosen(None)
        weights = self.route.traffic.weights
        return self.ready[max(weights, key=lambda number: weights[number])]
