"""A few hundred candidates for an entity, out of all items."""

from dataclasses import dataclass

import numpy as np

from .settings import Settings
from .statistics import Statistics
from .top import top
from .view import Habits, View

SEEDS = 300  # of the most recent items, whose neighbours are asked


@dataclass(frozen=True)
class Candidates:
    """Items that may come next.

    Attributes:
        numbers: [candidates], ascending.
        together: [candidates], similarity to what the newest visit had, summed.
        same: [candidates], similarity by entities to all that the entity had, weighted and summed.
        latent: [candidates], score of the factors.
    """

    numbers: np.ndarray
    together: np.ndarray
    same: np.ndarray
    latent: np.ndarray


def item_weights(habits: Habits) -> np.ndarray:
    """[had], how much an entity has of each item: the logarithm of 1 + the decayed sum, so that one item is not all."""
    return np.log1p(habits.long)


def retrieve(view: View, known: Statistics, settings: Settings) -> Candidates:
    """The union of own items, neighbours by visit and by entity, factors and what is popular now."""
    size, own = len(known.recent), view.items
    weights = item_weights(own)
    together = _spread(view.now, np.ones(len(view.now)), known.together, known.together_similarity, size)
    same = _spread(own.numbers[-SEEDS:], weights[-SEEDS:], known.same, known.same_similarity, size)
    latent = known.factors @ (weights.astype(np.float32) @ known.factors[own.numbers])
    wanted = np.zeros(size, dtype=bool)
    new = np.ones(size, dtype=bool)
    new[own.numbers] = False
    wanted[own.numbers[_largest(own.long, settings.own)]] = True
    asked = (settings.bought_together, settings.bought_by_same, settings.by_factors, settings.popular)
    for scores, most in zip((together, same, latent, known.recent), asked, strict=True):
        wanted[_largest(np.where(new, scores, 0), most)] = True
    numbers = np.flatnonzero(wanted)
    return Candidates(numbers, together[numbers], same[numbers], latent[numbers])


def _spread(
    seeds: np.ndarray, weights: np.ndarray, neighbours: np.ndarray, similarity: np.ndarray, size: int
) -> np.ndarray:
    """[items], the weighted similarities of the seeds' neighbours, summed."""
    if not len(seeds):
        return np.zeros(size)
    shares = similarity[seeds] * weights[:, None]
    return np.bincount(neighbours[seeds].ravel(), weights=shares.ravel(), minlength=size)


def _largest(scores: np.ndarray, most: int) -> np.ndarray:
    """Places of the largest scores above 0, at most so many."""
    places = top(scores, most)
    return places[scores[places] > 0]
