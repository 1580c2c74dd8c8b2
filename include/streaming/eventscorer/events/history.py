"""What must be known of a partition's past to judge its next message."""

from collections import deque


class History:
    """Ids and the latest time among the last messages of one partition.

    It depends on the messages alone, so that a successor that reads them again judges as its predecessor did.

    Args:
        window: how many messages back an id is remembered.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._ids: dict[str, int] = {}
        self._order: deque[tuple[int, str]] = deque()
        self.latest = float("-inf")

    def seen(self, event_id: str) -> int | None:
        """Offset at which the id stands in the window, or None."""
        return self._ids.get(event_id)

    def remember(self, offset: int, event_id: str, time: float) -> None:
        """An event that was accepted; forgets what lies further back than the window."""
        self.latest = max(self.latest, time)
        self._ids[event_id] = offset
        self._order.append((offset, event_id))
        while self._order and self._order[0][0] <= offset - self._window:
            self._ids.pop(self._order.popleft()[1], None)
