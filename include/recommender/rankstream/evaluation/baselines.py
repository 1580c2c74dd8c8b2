"""What a model has to beat. Each gives scores of all items, of which the first k are taken."""

from collections.abc import Callable
from functools import partial

import numpy as np

from ..retrieval import item_weights
from ..statistics import Statistics
from ..view import View

Method = Callable[[View, Statistics], np.ndarray]
TIE = 1e-6  # popularity decides among what a method finds equal, or does not know


def popularity(_: View, known: Statistics) -> np.ndarray:
    """[items], share of the recent visits."""
    return known.recent


def together(seen: View, known: Statistics) -> np.ndarray:
    """[items], summed cosine by visits with the items of the newest visit."""
    return _neighbours(seen.now, np.ones(len(seen.now)), known.together, known.together_similarity, known)


def together_of_all(seen: View, known: Statistics) -> np.ndarray:
    """[items], summed cosine by visits with all items the entity had, weighted by how much it has of each."""
    weights = item_weights(seen.items)
    return _neighbours(seen.items.numbers, weights, known.together, known.together_similarity, known)


def same_entities(seen: View, known: Statistics) -> np.ndarray:
    """[items], summed cosine by entities with all items the entity had, weighted by how much it has of each."""
    weights = item_weights(seen.items)
    return _neighbours(seen.items.numbers, weights, known.same, known.same_similarity, known)


def own_most(seen: View, known: Statistics, by: str = "long") -> np.ndarray:
    """[items], how much the entity itself had of each: visits, or the decayed sums short or long."""
    scores = TIE * known.recent
    scores[seen.items.numbers] += getattr(seen.items, by)
    return scores


def _neighbours(
    seeds: np.ndarray, weights: np.ndarray, neighbours: np.ndarray, similarity: np.ndarray, known: Statistics
) -> np.ndarray:
    shares = similarity[seeds] * weights[:, None]
    summed = np.bincount(neighbours[seeds].ravel(), shares.ravel(), minlength=len(known.recent))
    return summed + TIE * known.recent


METHODS: dict[str, Method] = {
    "popularity": popularity,
    "bought together, newest visit": together,
    "bought together, all": together_of_all,
    "bought by the same": same_entities,
    "own most often": partial(own_most, by="visits"),
    "own most often, decayed": own_most,
}
