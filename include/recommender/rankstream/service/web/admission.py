"""How many requests may be in the server at once."""

from types import TracebackType

from prometheus_client import Gauge

from oipscorer.errors import RefusedError


class Admission:
    """A context from the headers of a request to the end of its answer. Of the event loop alone."""

    def __init__(self, limit: int, gauge: Gauge) -> None:
        self._limit, self._inside, self._gauge = limit, 0, gauge

    def __enter__(self) -> None:
        """Raises RefusedError (429) when the server is full."""
        if self._inside >= self._limit:
            raise RefusedError(
                429, f"{self._inside} requests are in flight, which is the limit; try again later"
            )
        self._inside += 1
        self._gauge.inc()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inside -= 1
        self._gauge.dec()
