"""How many inferences may be in the server at once."""

from types import TracebackType

from ..counters.layout import IN_FLIGHT
from ..errors import RefusedError


class Admission:
    """A context that counts: from the headers of a request to the end of its answer."""

    def __init__(self, limit: int, gauge: "memoryview[float]") -> None:
        self.limit, self.inside, self._gauge = limit, 0, gauge

    def __enter__(self) -> None:
        """Raises RefusedError (429) when the server is full."""
        if self.inside >= self.limit:
            raise RefusedError(
                429, f"{self.inside} requests are in flight, which is the limit; try again later"
            )
        self.inside += 1
        self._gauge[IN_FLIGHT] = self.inside

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.inside -= 1
        self._gauge[IN_FLIGHT] = self.inside
