"""Features of events: those that stand in the event, and the seam for those that need a state."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from ..events.event import Event


class Features(Protocol):
    """Computes the features of a batch, in the order of its events.

    A state is bytes of the features' own, by a name of their own (``card:17``). Without states (`states_of` is empty
    for all events) no store is needed.
    """

    @property
    def names(self) -> Sequence[str]:
        """Of the features, in the order of the matrix."""

    def states_of(self, events: Sequence[Event]) -> set[str]:
        """Names of the states that these events read or change."""

    def compute(
        self, events: Sequence[Event], states: Mapping[str, bytes]
    ) -> tuple[np.ndarray, Mapping[str, bytes]]:
        """A float32 matrix [events, names], NaN where a value is missing, and the states that changed.

        Args:
            states: those of `states_of` that exist.
        """


class MessageFeatures:
    """Features that stand in the event itself; the schema has promised that they are numbers, booleans or null."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def states_of(self, events: Sequence[Event]) -> set[str]:
        """None."""
        return set()

    def compute(
        self, events: Sequence[Event], states: Mapping[str, bytes]
    ) -> tuple[np.ndarray, Mapping[str, bytes]]:
        """See :class:`Features`. Beyond float32 a value is infinite, and its event is refused."""
        names = self.names
        rows = [[event.fields[name] for name in names] for event in events]
        with np.errstate(over="ignore"):
            return np.array(rows, dtype=np.float64).astype(np.float32).reshape(len(events), len(names)), {}
