"""A table as questions: after a visit, what comes within the horizon, and what of it for the first time?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from .catalogue import Catalogue
from .interactions import DAY_MS
from .replay import Replay
from .settings import Settings
from .state import State
from .statistics.visits import visit_numbers


@dataclass(frozen=True)
class Questions:
    """Questions in the order of time.

    Attributes:
        rows: [questions], the last row of the visit after which it is asked; what comes later is not known.
        entities: [questions], names.
        at: [questions], ms since 1970, the time of that row.
        relevant: [questions, items], true where the entity had the item later than `at`, within the horizon.
        new: [questions, items], those of `relevant` that the entity never had before, in all of the table.
    """

    rows: np.ndarray
    entities: np.ndarray
    at: np.ndarray
    relevant: sparse.csr_matrix
    new: sparse.csr_matrix

    def __len__(self) -> int:
        return len(self.rows)


def questions_of(
    table: pd.DataFrame, catalogue: Catalogue, begin: int, most: int, settings: Settings
) -> Questions:
    """A sample of the questions of an ordered table, asked from `begin` (ms) until a horizon before its end.

    Args:
        most: questions; where there are more, so many are drawn by the settings' seed.
    """
    rows = _ends_of_visits(table, begin, settings)
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(settings.seed).choice(rows, most, replace=False))
    entities, at = table["entity"].to_numpy()[rows], table["at"].to_numpy()[rows]
    relevant, new = _answers(table, catalogue, entities, at, settings.horizon_days * DAY_MS)
    return Questions(rows, entities, at, relevant, new)


def asked(
    table: pd.DataFrame, questions: Questions, replay: Replay, begin: int = 0
) -> Iterator[tuple[int, State]]:
    """Number of each question and its entity's state then; the state moves on after the iterator.

    Args:
        replay: that has observed the rows before `begin`; in the end it has observed those until the last question.
    """
    for number, row in enumerate(questions.rows):
        replay.advance(table.iloc[begin : row + 1])
        begin = row + 1
        yield number, replay.states[questions.entities[number]]


def _ends_of_visits(table: pd.DataFrame, begin: int, settings: Settings) -> np.ndarray:
    at = table["at"].to_numpy()
    visits = pd.Series(visit_numbers(table, settings.visit_gap_ms))
    last = ~visits.duplicated(keep="last").to_numpy()
    end = at[-1] - settings.horizon_days * DAY_MS
    return np.flatnonzero(last & (at >= begin) & (at <= end))


def _answers(
    table: pd.DataFrame, catalogue: Catalogue, entities: np.ndarray, at: np.ndarray, horizon: int
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    items = catalogue.numbers(table["item"])
    first = ~table.duplicated(["entity", "item"]).to_numpy()
    times, places = table["at"].to_numpy(), table.groupby("entity", sort=False).indices
    relevant, new = [], []
    for entity, moment in zip(entities, at, strict=True):
        own = np.asarray(places[entity])
        start, end = np.searchsorted(times[own], [moment, moment + horizon], side="right")
        later = own[start:end]
        later = later[items[later] >= 0]
        relevant.append(np.unique(items[later]))
        new.append(np.unique(items[later[first[later]]]))
    return _matrix(relevant, len(catalogue)), _matrix(new, len(catalogue))


def _matrix(rows: list[np.ndarray], width: int) -> sparse.csr_matrix:
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.concatenate(rows) if rows else np.empty(0, dtype=np.int32)
    return sparse.csr_matrix((np.ones(len(columns), dtype=bool), columns, starts), shape=(len(rows), width))
