"""A model from a table of interactions.

The ranker learns from questions of the last `ranker_days`, with statistics and states from before them, so that it sees
what it will see when it is asked about a time that is not there yet.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import xgboost as xgb

from .catalogue import Catalogue, catalogue_of
from .errors import InteractionError
from .features import NAMES, features
from .interactions import DAY_MS, ordered
from .model import Model
from .questions import Questions, asked, questions_of
from .replay import Replay
from .retrieval import retrieve
from .settings import Settings
from .state import State
from .statistics import Statistics, statistics_of
from .view import view


def fit(table: pd.DataFrame, settings: Settings | None = None) -> Model:
    """A model that knows the whole table and nothing else; the same for the same table and settings.

    Args:
        table: columns entity, item, group, at (ms since 1970) and weight, in any order.

    Raises:
        InteractionError: the table lacks a column or has values that cannot be, or too few to learn from.
    """
    settings = settings or Settings()
    rows = ordered(table)
    catalogue = catalogue_of(rows, settings.least_sold)
    end = int(rows["at"].iloc[-1])
    begin = end - settings.ranker_days * DAY_MS
    replay, early = Replay(settings), int(rows["at"].searchsorted(begin))
    ranker = _ranker(rows, catalogue, replay, early, settings)
    known = statistics_of(rows, catalogue, replay.weights(catalogue, end), settings)
    return Model(settings, catalogue, known, ranker, end)


def refresh(model: Model, table: pd.DataFrame) -> Model:
    """The model with what a longer table says of its items; catalogue and ranker stay. A matter of seconds.

    Raises:
        InteractionError: the table lacks a column or has values that cannot be, or ends before the model's does.
    """
    rows = ordered(table)
    end = int(rows["at"].iloc[-1])
    if end < model.until:
        raise InteractionError(
            f"the table ends at {end}, and the model knows interactions until {model.until}"
        )
    replay = Replay(model.settings)
    replay.advance(rows)
    weights = replay.weights(model.catalogue, end)
    return replace(model, known=statistics_of(rows, model.catalogue, weights, model.settings), until=end)


def _ranker(
    rows: pd.DataFrame, catalogue: Catalogue, replay: Replay, early: int, settings: Settings
) -> xgb.Booster:
    """Leaves the replay at the end of the rows."""
    if early == 0:
        raise InteractionError(
            f"no interaction before the last {settings.ranker_days} days; give a longer table"
        )
    before = rows.iloc[:early]
    replay.advance(before)
    split = int(rows["at"].iloc[early])
    known = statistics_of(before, catalogue, replay.weights(catalogue, split), settings)
    questions = questions_of(rows, catalogue, split, settings.questions, settings)
    examples = [
        _example(state, questions, number, catalogue, known, settings)
        for number, state in asked(rows, questions, replay, early)
    ]
    replay.advance(rows.iloc[int(questions.rows[-1]) + 1 if len(questions) else early :])
    return _learnt([example for example in examples if example[1].any()], settings)


def _example(
    state: State,
    questions: Questions,
    number: int,
    catalogue: Catalogue,
    known: Statistics,
    settings: Settings,
) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of a question's candidates: all that came, and a sample of the others."""
    seen = view(state, int(questions.at[number]), catalogue, settings)
    candidates = retrieve(seen, known, settings)
    came = np.isin(candidates.numbers, questions.relevant[number].indices)
    others = np.flatnonzero(~came)
    draw = np.random.default_rng([settings.seed, number])
    others = draw.permutation(others)[: settings.negatives]
    shown = np.sort(np.concatenate([np.flatnonzero(came), others]))
    return features(seen, candidates, catalogue, known)[shown], came[shown]


def _learnt(examples: list[tuple[np.ndarray, np.ndarray]], settings: Settings) -> xgb.Booster:
    if not examples:
        raise InteractionError("no question has an answer among its candidates; give a longer table")
    groups = np.repeat(np.arange(len(examples)), [len(labels) for _, labels in examples])
    data = xgb.QuantileDMatrix(
        np.concatenate([rows for rows, _ in examples]),
        np.concatenate([labels for _, labels in examples]),
        qid=groups,
        feature_names=list(NAMES),
        nthread=1,
    )
    return xgb.train(_parameters(settings), data, settings.rounds)


def _parameters(settings: Settings) -> dict[str, object]:
    """RankNet's loss on pairs from the whole list, as candidates below the first ten matter for new items.

    Burges, From RankNet to LambdaRank to LambdaMART, MSR-TR-2010-82. Pairs weighted by NDCG were worse on days later
    than those of training, and slower.
    """
    return {
        "objective": "rank:pairwise",
        "lambdarank_pair_method": "mean",
        "lambdarank_num_pair_per_sample": 4,
        "tree_method": "hist",
        "max_depth": settings.depth,
        "learning_rate": settings.learning_rate,
        "min_child_weight": 20,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "seed": settings.seed,
        "nthread": 1,
    }
