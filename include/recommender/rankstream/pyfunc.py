"""A model folder as MLflow loads it: the `loader_module` of a model of flavor `python_function`.

One row in is one entity with all its interactions, one row out its suggestions. Imports nothing of MLflow.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from .errors import InteractionError
from .folder import load
from .interactions import Interaction
from .recommender import Recommender
from .state import State

HISTORY = ("items", "groups", "at", "weights")  # a list each, in the order of time
NOW = "now"  # ms since 1970
INPUTS = (*HISTORY, NOW)
SUGGESTIONS = 10
ENTITY = "it"  # a state does not know whose it is


class Suggesting:
    """Answers frames of entities."""

    def __init__(self, recommender: Recommender) -> None:
        self.recommender = recommender

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Columns ``items`` and ``scores``, a list of at most 10 each, best first.

        Args:
            frame: columns as INPUTS names them.

        Raises:
            InteractionError: a history cannot be; the message names the row, counted from 0.
        """
        answers = [self._answer(number, *row) for number, row in enumerate(_rows(frame))]
        return pd.DataFrame(answers, columns=["items", "scores"], index=frame.index)

    def _answer(self, number: int, history: list[Any], now: int) -> tuple[list[str], list[float]]:
        try:
            state = self._state(history)
        except (InteractionError, ValueError) as error:
            raise InteractionError(f"row {number}: {error}") from error
        found = self.recommender.suggest(state, int(now), SUGGESTIONS).items
        return [one.item for one in found], [one.score for one in found]

    def _state(self, history: list[Any]) -> State:
        state = State()
        for item, group, at, weight in zip(*history, strict=True):
            self.recommender.observe(state, Interaction(ENTITY, item, int(at), group, float(weight)))
        return state


def _rows(frame: pd.DataFrame) -> "zip[tuple[list[Any], int]]":
    missing = [name for name in INPUTS if name not in frame]
    if missing:
        raise InteractionError(f"the frame has no column {', '.join(missing)}; expected {', '.join(INPUTS)}")
    histories = [list(row) for row in zip(*(frame[name] for name in HISTORY), strict=True)]
    return zip(histories, frame[NOW], strict=True)


def _load_pyfunc(path: str) -> Suggesting:
    """What MLflow calls, with the folder that was logged."""
    return Suggesting(Recommender(load(Path(path))))
