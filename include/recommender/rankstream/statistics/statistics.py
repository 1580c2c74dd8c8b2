"""What is known of the items from a table, as of its end."""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from scipy import sparse

from ..catalogue import Catalogue
from ..interactions import DAY_MS
from ..settings import Settings
from .factors import factors_of
from .neighbours import nearest
from .visits import visit_numbers, visits_by_item


@dataclass(frozen=True)
class Statistics:
    """Arrays by item number; [items] each, unless said otherwise."""

    popularity: np.ndarray  # share of the visits that had it, of all
    recent: np.ndarray  # of those within the last `popular_days`
    repeated: np.ndarray  # share of its visits where the entity had had it before
    gap: np.ndarray  # days between an entity's visits that had it, median; NaN without
    together: np.ndarray  # [items, kept], the nearest by visits
    together_similarity: np.ndarray
    same: np.ndarray  # [items, kept], the nearest by entities
    same_similarity: np.ndarray
    factors: np.ndarray  # [items, factors]


NAMES = tuple(field.name for field in fields(Statistics))


def statistics_of(
    table: pd.DataFrame, catalogue: Catalogue, weights: sparse.csr_matrix, settings: Settings
) -> Statistics:
    """Statistics of an ordered table.

    Args:
        weights: [entities, items], how much each entity had of each item, as `weights_of` states says.
    """
    visits, items = visit_numbers(table, settings.visit_gap_ms), catalogue.numbers(table["item"])
    matrix = visits_by_item(visits, items, len(catalogue))
    late = table["at"].to_numpy() > table["at"].max() - settings.popular_days * DAY_MS
    recent = visits_by_item(visits[late], items[late], len(catalogue))
    repeated, gap = _repeats(table, visits, items, len(catalogue))
    together, same = nearest(matrix, settings.neighbours), nearest(weights, settings.neighbours)
    return Statistics(
        popularity=_share(matrix, visits),
        recent=_share(recent, visits[late]),
        repeated=repeated,
        gap=gap,
        together=together.items,
        together_similarity=together.similarity,
        same=same.items,
        same_similarity=same.similarity,
        factors=factors_of(weights, settings.factors, settings.seed),
    )


def _share(matrix: sparse.csr_matrix, visits: np.ndarray) -> np.ndarray:
    return (np.asarray(matrix.sum(axis=0)).ravel() / max(len(np.unique(visits)), 1)).astype(np.float32)


def _repeats(
    table: pd.DataFrame, visits: np.ndarray, items: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    rows = pd.DataFrame({"entity": table["entity"], "item": items, "visit": visits, "at": table["at"]})
    rows = rows[rows["item"] >= 0].drop_duplicates(["visit", "item"])
    days = rows.groupby(["entity", "item"], sort=False)["at"].diff() / DAY_MS
    by_item = days.groupby(rows["item"])
    every = range(size)
    repeated = (by_item.count() / by_item.size()).reindex(every).fillna(0)
    return repeated.to_numpy(np.float32), by_item.median().reindex(every).to_numpy(np.float32)
