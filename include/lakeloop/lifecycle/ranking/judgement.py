"""Candidate, simple methods and champion on the same questions of the holdout.

What is relevant are items that the candidate or the champion could suggest, so that neither is judged on a catalogue of
its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from lakeloop.config.use_case.ranking import SUGGESTIONS, Method, RankingMetric
from lakeloop.lifecycle.evaluation.bootstrap import Interval
from lakeloop.lifecycle.evaluation.gate import CANDIDATE, CHAMPION
from rankstream import Model, Recommender
from rankstream.catalogue import Catalogue
from rankstream.evaluation import estimate
from rankstream.evaluation.judge import MODEL, SCOPES, answers
from rankstream.evaluation.metrics import coverage, hits, ndcg, recall
from rankstream.interactions import ordered
from rankstream.questions import Questions, asked, questions_of
from rankstream.replay import Replay
from rankstream.top import top
from rankstream.view import view

Scope = Literal["all", "new"]
# How rankstream calls them.
METHODS: Mapping[Method, str] = {
    "popularity": "popularity",
    "co_occurrence": "bought together, all",
    "co_occurrence_newest": "bought together, newest visit",
    "co_occurrence_entities": "bought by the same",
    "habit": "own most often",
    "habit_decayed": "own most often, decayed",
}


@dataclass(frozen=True)
class Contender:
    """One of them in one scope; NaN stands where a question has no answer.

    Args:
        first: [questions, 10], numbers of items, best first, -1 where there are fewer.
        values: by metric [questions].
    """

    first: np.ndarray
    values: Mapping[str, np.ndarray]
    coverage: float


@dataclass(frozen=True)
class Judged:
    """All contenders on all questions, by name and scope.

    Args:
        items: names by number.
        seed: of the intervals' draws.
    """

    questions: Questions
    items: Sequence[str]
    contenders: Mapping[tuple[str, Scope], Contender]
    seed: int

    def figures(self, name: str, scope: Scope = "all") -> dict[RankingMetric, float]:
        """Its means over the questions that have an answer, and its coverage."""
        found = self.contenders[name, scope]
        means = {metric: float(np.nanmean(values)) for metric, values in found.values.items()}
        return {**means, "coverage": found.coverage}  # type: ignore[dict-item]

    def interval(self, name: str, metric: RankingMetric, scope: Scope = "all") -> Interval:
        """The mean with its 95 % interval over entities; coverage has none."""
        found = self.contenders[name, scope]
        if metric == "coverage":
            return Interval(found.coverage, float("nan"), float("nan"))
        return self._interval(found.values[metric])

    def lead(self, over: str, metric: RankingMetric, scope: Scope = "all") -> Interval:
        """The candidate's mean minus that of `over`, paired by question."""
        ours, theirs = (self.contenders[name, scope].values[metric] for name in (CANDIDATE, over))
        return self._interval(ours - theirs)

    def answered(self, scope: Scope = "all") -> int:
        """Questions with an answer."""
        return int((~np.isnan(self.contenders[CANDIDATE, scope].values["ndcg_at_10"])).sum())

    @property
    def entities(self) -> int:
        """That are asked about."""
        return len(set(self.questions.entities))

    def strongest(self, names: Sequence[str], metric: RankingMetric) -> str:
        """Which of `names` has the best figure."""
        return max(names, key=lambda name: self.figures(name)[metric])

    def _interval(self, values: np.ndarray) -> Interval:
        return Interval(*estimate(values, self.questions.entities, self.seed))


def judge(candidate: Model, champion: Model | None, table: pd.DataFrame, most: int) -> Judged:
    """Everyone on at most `most` questions that are asked after what the candidate has seen.

    Args:
        table: the history as well as the holdout and what answers its questions.
    """
    rows, models = ordered(table), [model for model in (candidate, champion) if model is not None]
    every = _union(models)
    questions = questions_of(rows, every, candidate.until + 1, most, candidate.settings)
    first = _of_candidate(candidate, rows, questions, every)
    if champion is not None:
        first |= _of_champion(champion, rows, questions, every)
    contenders = {
        (name, scope): _contender(places, questions, scope, models[name == CHAMPION])
        for (name, scope), places in first.items()
    }
    return Judged(questions, every.items, contenders, candidate.settings.seed)


def _union(models: Sequence[Model]) -> Catalogue:
    """The items of all; groups decide on no answer."""
    items = sorted({item for model in models for item in model.catalogue.items})
    return Catalogue(items, [], np.full(len(items), -1))


def _of_candidate(
    model: Model, rows: pd.DataFrame, questions: Questions, every: Catalogue
) -> dict[tuple[str, Scope], np.ndarray]:
    """By name and scope [questions, 10], the candidate's and those of the simple methods, which know what it knows."""
    names = {MODEL: CANDIDATE} | {theirs: ours for ours, theirs in METHODS.items()}
    found = answers([model], rows, questions, SUGGESTIONS)
    return {
        (names[name], scope): _renumbered(places, model, every)  # type: ignore[misc]
        for (name, scope), places in found.items()
    }


def _of_champion(
    model: Model, rows: pd.DataFrame, questions: Questions, every: Catalogue
) -> dict[tuple[str, Scope], np.ndarray]:
    recommender = Recommender(model)
    first = {(CHAMPION, scope): np.full((len(questions), SUGGESTIONS), -1) for scope in SCOPES}
    for number, state in asked(rows, questions, Replay(model.settings)):
        seen = view(state, int(questions.at[number]), model.catalogue, model.settings)
        for scope in SCOPES:
            numbers, scores = recommender.ranked(seen, scope == "new")
            best = numbers[top(scores, SUGGESTIONS)]
            first[CHAMPION, scope][number, : len(best)] = best
    return {(CHAMPION, scope): _renumbered(first[CHAMPION, scope], model, every) for scope in SCOPES}  # type: ignore[misc]


def _renumbered(first: np.ndarray, model: Model, every: Catalogue) -> np.ndarray:
    """Numbers of the model's catalogue as numbers of the union's."""
    numbers = np.array([every.item_number[item] for item in model.catalogue.items])
    return np.where(first >= 0, numbers[np.maximum(first, 0)], -1)


def _contender(first: np.ndarray, questions: Questions, scope: Scope, model: Model) -> Contender:
    relevant = questions.relevant if scope == "all" else questions.new
    found, number = hits(first, relevant), np.diff(relevant.indptr)
    values = {"ndcg_at_10": ndcg(found, number), "recall_at_10": recall(found, number)}
    return Contender(first, values, coverage(first, len(model.catalogue)))
