"""What the ranker sees of a candidate."""

import numpy as np

from .catalogue import Catalogue
from .retrieval import Candidates
from .statistics import Statistics
from .view import Habits, View

_OF_HABITS = ("visits", "share", "short", "long", "days", "age", "gap", "due")
NAMES = (
    *(f"item_{name}" for name in _OF_HABITS),
    *(f"group_{name}" for name in _OF_HABITS),
    "in_visit",
    "item_of_group",
    "due_of_all",
    "popularity",
    "recent",
    "trend",
    "repeated",
    "gap_of_all",
    "together",
    "same",
    "same_rank",
    "latent",
    "latent_rank",
    "entity_visits",
    "entity_items",
    "visit_items",
    "quiet_days",
)


def features(view: View, candidates: Candidates, catalogue: Catalogue, known: Statistics) -> np.ndarray:
    """[candidates, NAMES] float32; NaN where an entity never had the item or the group."""
    numbers = candidates.numbers
    item = _of_habits(view.items, numbers, len(catalogue), view.visits)
    group = _of_habits(view.groups, catalogue.group_of[numbers], len(catalogue.groups), view.visits)
    columns = [*item.T, *group.T, *_of_items(view, item, group, numbers, known)]
    columns += [candidates.together, candidates.same, _rank(candidates.same)]
    columns += [candidates.latent, _rank(candidates.latent)]
    of_entity = (view.visits, len(view.items.numbers), len(view.now), view.days)
    columns += [np.full(len(numbers), value) for value in of_entity]
    return np.column_stack(columns).astype(np.float32)


def _of_habits(habits: Habits, numbers: np.ndarray, size: int, visits: int) -> np.ndarray:
    """[candidates, _OF_HABITS]; number -1 is NaN throughout."""
    share, due = habits.visits / max(visits, 1), habits.days / habits.gap
    had = (habits.visits, share, habits.short, habits.long, habits.days, habits.age, habits.gap, due)
    table = np.full((size + 1, len(_OF_HABITS)), np.nan)
    table[habits.numbers] = np.column_stack(had)
    return table[numbers]


def _of_items(
    view: View, item: np.ndarray, group: np.ndarray, numbers: np.ndarray, known: Statistics
) -> list[np.ndarray]:
    popularity, recent, gap = known.popularity[numbers], known.recent[numbers], known.gap[numbers]
    return [
        np.isin(numbers, view.now),
        item[:, 3] / group[:, 3],
        item[:, 4] / np.maximum(gap, 1),
        popularity,
        recent,
        recent / np.maximum(popularity, 1e-9),
        known.repeated[numbers],
        gap,
    ]


def _rank(scores: np.ndarray) -> np.ndarray:
    """[candidates], 0 for the largest; of equal ones the smaller number first."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks
