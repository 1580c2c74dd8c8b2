"""What an aggregate is in code."""

from collections.abc import Callable

from ..definition import Where
from ..fields import Fields
from ..state import State

BUCKETS = 60  # of a window
NAN = float("nan")

# Of a state, the time in ms that the entity is at, and the event's numbers and texts: drops what is too old, reads the
# features into their places in the row, then adds the event to its own part of the state.
Advance = Callable[[State, int, list[float], list[str], list[float]], None]


def condition(where: Where | None, fields: Fields) -> tuple[int, str]:
    """The index of a text and what it must be; -1 where every event counts."""
    return (fields.text(where.field), where.equals) if where else (-1, "")
