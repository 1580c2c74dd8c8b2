"""Features with a state: how many events of its key came before, and the sum of their amounts."""

from collections.abc import Mapping, Sequence

import numpy as np

from eventscorer.events.event import Event


class Counting:
    """An event that is computed twice shows: its own count is then one too many."""

    names = ("amount", "visits", "share")

    def states_of(self, events: Sequence[Event]) -> set[str]:
        return {event.key for event in events}

    def compute(
        self, events: Sequence[Event], states: Mapping[str, bytes]
    ) -> tuple[np.ndarray, Mapping[str, bytes]]:
        now = {name: np.frombuffer(state, np.float64).copy() for name, state in states.items()}
        rows, empty = [], np.zeros(2)
        for event in events:
            count, total = now.get(event.key, empty)
            rows.append([event.fields["amount"], count, total])
            now[event.key] = np.array([count + 1, total + event.fields["amount"]])
        return np.array(rows, np.float32).reshape(len(rows), 3), {k: v.tobytes() for k, v in now.items()}
