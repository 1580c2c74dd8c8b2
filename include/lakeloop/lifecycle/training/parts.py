"""The rows of a training by what is done with them, as the models take them."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from lakeloop.config.use_case.task import Task
from lakeloop.lifecycle.features import labels, model_input
from lakeloop.lifecycle.training.splits import TimeSplit
from lakeloop.lifecycle.training.trained import Rows


class TrainingRows(NamedTuple):
    """`train` holds the rows of both others and of the gap between them."""

    fit: Rows
    early_stopping: Rows
    train: Rows


def training_rows(frame: pd.DataFrame, split: TimeSplit, features: Sequence[str], task: Task) -> TrainingRows:
    """Features and labels of each part of `split`, all in `frame`. Raises what `model_input` and `labels` raise."""
    parts = (split.fit, split.early_stopping, split.train)
    return TrainingRows(*(known(part.rows(frame), features, task) for part in parts))


def known(rows: pd.DataFrame, features: Sequence[str], task: Task) -> Rows:
    """Features and labels of some rows."""
    return model_input(rows, features), labels(rows, task.label, task.kind)
