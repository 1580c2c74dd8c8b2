"""What would make judging impossible, found before hours are spent on training."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case.behaviour import features_of
from lakeloop.config.use_case.task import Baseline
from lakeloop.lifecycle.checks.leakage.overlap import overlap
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS, units_of
from lakeloop.lifecycle.features import BadColumnError, labels, model_input, require_columns
from lakeloop.lifecycle.training.baselines import ShortHistoryError, predict
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit


class CannotBeJudgedError(ValueError):
    """The gate would have to refuse any model on these rows, or has nothing to judge by; `problems`: each reason."""

    def __init__(self, use_case: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"use case {use_case} cannot be judged: {'; '.join(problems)}")


def require_judgeable(
    use_case: LabelledUseCase,
    frame: pd.DataFrame,
    history: pd.DataFrame | None,
    split: TimeSplit,
    features: list[str],
    problems: Iterable[str] = (),
) -> None:
    """Cheap, so that it can stand before training.

    Args:
        frame: all labelled rows: keys, label, features and `gate.columns`.
        history: what baselines look back at, see `data.read_history`.
        problems: what is known to be wrong already.

    Raises MissingColumnError for a column that the gate asks for, BadColumnError for labels and features that no model
    can read, and CannotBeJudgedError, naming all else that is wrong.
    """
    require_columns(use_case.gold("training_set"), frame.columns, use_case.gate.columns)
    labels(frame, use_case.task.label, use_case.task.kind)
    model_input(frame, features)
    holdout = split.holdout.rows(frame)
    wrong = [
        *problems,
        *_unknown_features(use_case, features),
        *_one_class(use_case, split, frame),
        *_empty_groups(use_case, holdout),
        *overlap(use_case, split, frame),
        *_too_few(use_case, holdout),
        *_mute_baselines(use_case, split, frame, history),
    ]
    if wrong:
        raise CannotBeJudgedError(use_case.name, wrong)


def _unknown_features(use_case: LabelledUseCase, features: list[str]) -> list[str]:
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


def _one_class(use_case: LabelledUseCase, split: TimeSplit, frame: pd.DataFrame) -> list[str]:
    """Of the holdout and of all training periods; where those are well, of the parts of training."""
    if use_case.task.kind != "binary":
        return []
    whole = {"holdout": split.holdout, "training periods": split.train}
    parts = {"periods to fit": split.fit, "early-stopping periods": split.early_stopping}
    found = _of_one_class(use_case, whole, frame)
    return found or _of_one_class(use_case, parts, frame)


def _of_one_class(
    use_case: LabelledUseCase, parts: Mapping[str, PeriodRange], frame: pd.DataFrame
) -> list[str]:
    label = use_case.task.label
    seen = {f"{name} {part}": np.unique(part.rows(frame)[label]) for name, part in parts.items()}
    return [
        f"label {label} is {values[0] if len(values) else 'absent'} in every row of the {name}, expected 0 and 1; "
        "look at split and at the labels"
        for name, values in seen.items()
        if len(values) < 2
    ]


def _mute_baselines(
    use_case: LabelledUseCase, split: TimeSplit, frame: pd.DataFrame, history: pd.DataFrame | None
) -> list[str]:
    """What a baseline cannot answer: training asks about the early-stopping rows, the gate about the holdout."""
    asked = [part.rows(frame) for part in (split.early_stopping, split.holdout)]
    return list(
        dict.fromkeys(
            said
            for baseline in use_case.baselines
            for rows in asked
            for said in _refusal(baseline, use_case, rows, history)
        )
    )


def _refusal(
    baseline: Baseline, use_case: LabelledUseCase, rows: pd.DataFrame, history: pd.DataFrame | None
) -> list[str]:
    try:
        predict(baseline, use_case, rows, history)
    except (ShortHistoryError, BadColumnError) as error:
        return [str(error)]
    return []


def _empty_groups(use_case: LabelledUseCase, holdout: pd.DataFrame) -> list[str]:
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


def _too_few(use_case: LabelledUseCase, holdout: pd.DataFrame) -> list[str]:
    units = units_of(use_case, holdout)
    if units.enough:
        return []
    return [
        f"the holdout has {units.count} {units.name}, expected at least {FEWEST_UNITS}: no comparison has an interval; "
        "lengthen split.holdout"
    ]
