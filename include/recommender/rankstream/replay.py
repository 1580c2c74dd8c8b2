"""The states that a table leads to: the same fold as a stream's, over many entities."""

import numpy as np
import pandas as pd
from scipy import sparse

from .catalogue import Catalogue
from .interactions import each
from .retrieval import item_weights
from .settings import Settings
from .state import State, observe
from .view import view


class Replay:
    """States by entity, moved on by tables in the order of time."""

    def __init__(self, settings: Settings) -> None:
        self.states: dict[str, State] = {}
        self._settings = settings

    def advance(self, table: pd.DataFrame) -> None:
        """Observe all rows of an ordered table."""
        for interaction in each(table):
            state = self.states.get(interaction.entity)
            if state is None:
                state = self.states[interaction.entity] = State()
            observe(state, interaction, self._settings)

    def weights(self, catalogue: Catalogue, now: int) -> sparse.csr_matrix:
        """[entities, items] float32, how much each entity has of each item as of `now` (ms since 1970)."""
        habits = [view(state, now, catalogue, self._settings).items for state in self.states.values()]
        lengths = [len(had.numbers) for had in habits]
        values = np.concatenate([item_weights(had) for had in habits]).astype(np.float32)
        columns = np.concatenate([had.numbers for had in habits])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return sparse.csr_matrix((values, columns, starts), shape=(len(habits), len(catalogue)))
