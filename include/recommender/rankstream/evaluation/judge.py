"""A model and the baselines on the questions of later days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from ..interactions import ordered
from ..model import Model
from ..questions import Questions, asked, questions_of
from ..recommender import Recommender
from ..replay import Replay
from ..top import top
from ..view import View, view
from .baselines import METHODS
from .intervals import Estimate, estimate
from .metrics import coverage, hits, ndcg, recall

MODEL = "model"
SCOPES = ("all", "new")


@dataclass(frozen=True)
class Row:
    """A method on all items, or on those only that are new to the entity.

    Attributes:
        ahead: the model's NDCG minus this method's, paired.
    """

    method: str
    scope: str
    questions: int
    recall: Estimate
    ndcg: Estimate
    coverage: float
    ahead: Estimate


def judge(models: Sequence[Model], table: pd.DataFrame, most: int = 5000, k: int = 10) -> list[Row]:
    """Each method in each scope, on questions asked after what the first model has seen.

    Args:
        models: one, or one and those that `refresh` made of it later, in the order of time; a question is answered by
            the newest that has seen nothing of what comes after it. The simple methods know what it knows.
        table: the history as well as the later days, so that states are what they were when a question was asked.
        most: questions; where there are more, so many are drawn.
    """
    rows = ordered(table)
    model = models[0]
    questions = questions_of(rows, model.catalogue, model.until + 1, most, model.settings)
    first = answers(models, rows, questions, k)
    return [row for scope in SCOPES for row in _scope(model, questions, first, scope)]


def answers(
    models: Sequence[Model], rows: pd.DataFrame, questions: Questions, k: int
) -> dict[tuple[str, str], np.ndarray]:
    """By method and scope: [questions, k], item numbers, best first, -1 where there are fewer."""
    names = [MODEL, *METHODS]
    first = {(name, scope): np.full((len(questions), k), -1) for name in names for scope in SCOPES}
    recommenders = [Recommender(model) for model in models]
    newest = np.searchsorted([model.until for model in models], questions.at) - 1
    catalogue, settings = models[0].catalogue, models[0].settings
    for number, state in asked(rows, questions, Replay(settings)):
        seen = view(state, int(questions.at[number]), catalogue, settings)
        for (name, scope), found in _each(recommenders[newest[number]], seen, k).items():
            first[name, scope][number, : len(found)] = found
    return first


def _each(recommender: Recommender, seen: View, k: int) -> dict[tuple[str, str], np.ndarray]:
    found = {}
    for scope in SCOPES:
        numbers, scores = recommender.ranked(seen, scope == "new")
        found[MODEL, scope] = numbers[top(scores, k)]
    for name, method in METHODS.items():
        scores = np.array(method(seen, recommender.model.known))
        found[name, "all"] = top(scores, k)
        scores[seen.items.numbers] = -np.inf
        best = top(scores, k)
        found[name, "new"] = best[np.isfinite(scores[best])]
    return found


def _scope(
    model: Model, questions: Questions, first: dict[tuple[str, str], np.ndarray], scope: str
) -> list[Row]:
    relevant = questions.relevant if scope == "all" else questions.new
    gains = {name: _gain(places, relevant) for (name, of), places in first.items() if of == scope}
    seed, entities = model.settings.seed, questions.entities
    return [
        Row(
            method=name,
            scope=scope,
            questions=int((~np.isnan(gain)).sum()),
            recall=estimate(recalls, entities, seed),
            ndcg=estimate(gain, entities, seed),
            coverage=coverage(first[name, scope], len(model.catalogue)),
            ahead=estimate(gains[MODEL][1] - gain, entities, seed),
        )
        for name, (recalls, gain) in gains.items()
    ]


def _gain(first: np.ndarray, relevant: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Recall and NDCG by question."""
    found, number = hits(first, relevant), np.diff(relevant.indptr)
    return recall(found, number), ndcg(found, number)
