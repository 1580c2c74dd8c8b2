"""States that were decoded before: most entities of a batch were in a batch not long ago."""

from .state import State


class Cache:
    """The states that were kept last, each beside the bytes that it stands for.

    A state is taken only for those very bytes, so that it can never be another one than the store's. It is out of the
    cache while somebody works on it.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[tuple[str, str], tuple[bytes, State]] = {}

    def take(self, name: tuple[str, str], content: bytes) -> State | None:
        """The state of these bytes, which is the caller's from now on; None where it is not there."""
        found = self._kept.pop(name, None)
        return found[1] if found is not None and found[0] == content else None

    def keep(self, name: tuple[str, str], content: bytes, state: State) -> None:
        """Keep a state that nobody changes any more; the one that was kept first goes where there are too many."""
        self._kept.pop(name, None)
        self._kept[name] = content, state
        while len(self._kept) > self._size:
            self._kept.pop(next(iter(self._kept)), None)
