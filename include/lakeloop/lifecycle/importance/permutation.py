"""What predictions lose when a feature, or a group of them, is shuffled among rows of one period.

Breiman (2001), "Random forests", Machine Learning 45, section 10; judged on later rows than those that were trained on.
Of two features that say the same, each looks useless while the other is there: shuffle them as a group.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle.evaluation.bootstrap import Interval, differences
from lakeloop.lifecycle.evaluation.review import stakes_of
from lakeloop.lifecycle.evaluation.rows import ScoredRows, units_of
from lakeloop.lifecycle.importance.folds import Fold
from lakeloop.lifecycle.training import models

INTACT = "intact"
SEED = 2017
Shuffled = Mapping[str, Sequence[str]]


def benefits(
    use_case: LabelledUseCase, frame: pd.DataFrame, folds: Sequence[Fold], shuffled: Shuffled
) -> dict[str, Interval]:
    """By name of `shuffled`: how much worse the candidate is without those features, in units of `gate.compare_by`.

    Args:
        frame: labelled rows with keys, period, label and features.
        folds: periods to train on and to judge by; the judged rows also say when trees stop, so that the figure of
            the model itself is a little too good, for all features alike.
        shuffled: name to the features that are shuffled together.

    Above 0 the features help. The interval is that of the paired bootstrap of the gate, over entities.
    """
    features = list(dict.fromkeys(feature for names in shuffled.values() for feature in names))
    parts = [_judged(use_case, frame, fold, features, shuffled) for fold in folds]
    rows = pd.concat([judged for judged, _ in parts], ignore_index=True)
    predictions = {name: np.concatenate([found[name] for _, found in parts]) for name in (INTACT, *shuffled)}
    y = contract.labels(rows, use_case.task.label, use_case.task.kind)
    scored = ScoredRows(
        use_case.task.kind, y, predictions, units_of(use_case, rows), stakes_of(use_case, rows)
    )
    return differences(scored, use_case.gate.compare_by, INTACT, list(shuffled), use_case.gate.bootstrap)


def _judged(
    use_case: LabelledUseCase, frame: pd.DataFrame, fold: Fold, features: Sequence[str], shuffled: Shuffled
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """The judged rows of one fold, and the predictions of one model for them, intact and shuffled."""
    learned, judged = (part.rows(frame) for part in fold)
    task = use_case.task
    train, judge = (
        (contract.model_input(part, features), contract.labels(part, task.label, task.kind))
        for part in (learned, judged)
    )
    model = models.train(use_case.models[0], task, train, judge, train).judged
    order = _within_periods(use_case.period.indices(judged[use_case.period.column]))
    found = {INTACT: models.predict(model, task, judge[0])}
    for name, columns in shuffled.items():
        found[name] = models.predict(model, task, _shuffle(judge[0], columns, order))
    return judged, found


def _shuffle(x: pd.DataFrame, columns: Sequence[str], order: np.ndarray) -> pd.DataFrame:
    return x.assign(**{column: x[column].to_numpy()[order] for column in columns})


def _within_periods(periods: np.ndarray) -> np.ndarray:
    """A random order of the rows that leaves each in a row of its own period (shape: rows)."""
    random, order = np.random.default_rng(SEED), np.arange(len(periods))
    for period in np.unique(periods):
        rows = np.flatnonzero(periods == period)
        order[rows] = random.permutation(rows)
    return order
