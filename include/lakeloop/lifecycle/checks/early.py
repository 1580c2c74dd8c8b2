"""What would make judging impossible, found before hours are spent on training."""

import numpy as np
import pandas as pd

from lakeloop.config import UseCase
from lakeloop.config.use_case.behaviour import features_of
from lakeloop.lifecycle.checks.leakage.overlap import overlap
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS, units_of
from lakeloop.lifecycle.features import labels, require_columns
from lakeloop.lifecycle.training.splits import TimeSplit


class CannotBeJudgedError(ValueError):
    """The gate would have to refuse any model on these rows, or has nothing to judge by."""


def require_judgeable(use_case: UseCase, frame: pd.DataFrame, split: TimeSplit, features: list[str]) -> None:
    """Cheap, so that it can stand before training.

    Args:
        frame: all labelled rows: keys, label, features and `gate.columns`.

    Raises MissingColumnError for a column that the gate asks for, and CannotBeJudgedError, naming all that is wrong.
    """
    require_columns(use_case.gold("training_set"), frame.columns, use_case.gate.columns)
    holdout, train = split.holdout.rows(frame), split.train.rows(frame)
    wrong = [
        *_unknown_features(use_case, features),
        *_one_class(
            use_case, {f"holdout {split.holdout}": holdout, f"training periods {split.train}": train}
        ),
        *_empty_groups(use_case, holdout),
        *overlap(use_case, split, frame),
        *_too_few(use_case, holdout),
    ]
    if wrong:
        raise CannotBeJudgedError(f"use case {use_case.name} cannot be judged: {'; '.join(wrong)}")


def _unknown_features(use_case: UseCase, features: list[str]) -> list[str]:
    gate = use_case.gate
    named = {
        f"gate.behaviour.{place} ({test.name})": features_of(test)
        for place, test in enumerate(gate.behaviour)
    }
    named |= {"gate.leakage.known_ahead": gate.leakage.known_ahead}
    return [
        f"{key} names {name!r}, which is no feature; features are {', '.join(features)}"
        for key, names in named.items()
        for name in names
        if name not in features
    ]


def _one_class(use_case: UseCase, parts: dict[str, pd.DataFrame]) -> list[str]:
    task = use_case.task
    if task.kind != "binary":
        return []
    seen = {name: np.unique(labels(part, task.label, task.kind)) for name, part in parts.items()}
    return [
        f"label {task.label} is {values[0] if len(values) else 'absent'} in every row of the {name}, expected 0 and 1; "
        "look at split.holdout and at the labels"
        for name, values in seen.items()
        if len(values) < 2
    ]


def _empty_groups(use_case: UseCase, holdout: pd.DataFrame) -> list[str]:
    keys = {
        "gate.slices.columns": use_case.gate.slices.columns,
        "gate.fairness.columns": use_case.gate.fairness.columns,
    }
    return [
        f"{key}: {column} has no value in any of {len(holdout)} holdout rows; fill it in the training set's dbt model"
        for key, columns in keys.items()
        for column in columns
        if holdout[column].isna().all()
    ]


def _too_few(use_case: UseCase, holdout: pd.DataFrame) -> list[str]:
    units = units_of(use_case, holdout)
    if units.enough:
        return []
    return [
        f"the holdout has {units.count} {units.name}, expected at least {FEWEST_UNITS}: no comparison has an interval; "
        "lengthen split.holdout"
    ]
