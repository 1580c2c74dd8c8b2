"""What the checks of a candidate look at."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case.gate import Gate
from lakeloop.lifecycle.evaluation.bootstrap import Interval, draw, percentile_interval
from lakeloop.lifecycle.evaluation.gate import CANDIDATE
from lakeloop.lifecycle.evaluation.rows import ScoredRows
from lakeloop.lifecycle.training.models import predict
from lakeloop.lifecycle.training.splits import TimeSplit


@dataclass(frozen=True)
class Evidence:
    """The candidate, what it learned from, and the holdout that it is judged on.

    Args:
        rows: every contender's predictions on the holdout.
        holdout: the same rows as a table: keys, label, features and `gate.columns`.
        known: the labelled rows up to the holdout's end, with the same columns: all, or where they outgrow the driver
            all of the holdout and those of some entities before it.
        split: which periods of `known` the candidate was trained on.
        x: what the candidate reads of `holdout` (shape: rows x features, float64).
        model: the candidate as MLflow loads it, a pyfunc.
        folder: its files.
        slices: of :func:`slices.slice_table`, the rows of `gate.slices.columns`.
    """

    use_case: LabelledUseCase
    rows: ScoredRows
    holdout: pd.DataFrame
    known: pd.DataFrame
    split: TimeSplit
    x: pd.DataFrame
    model: Any
    folder: Path
    slices: pd.DataFrame

    @property
    def gate(self) -> Gate:
        return self.use_case.gate

    @property
    def y(self) -> np.ndarray:
        return self.rows.y

    @property
    def predictions(self) -> np.ndarray:
        """The candidate's, on the holdout (shape: rows)."""
        return self.rows.predictions[CANDIDATE]

    @cached_property
    def counts(self) -> np.ndarray:
        """The bootstrap's draws (shape: resamples x units): the same for every check."""
        return draw(self.rows.units, self.gate.bootstrap)

    def predict(self, x: pd.DataFrame) -> np.ndarray:
        """What the candidate says about other rows (shape: rows)."""
        return predict(self.model, self.use_case.task, x)

    def interval(self, value: float, resampled: np.ndarray) -> Interval:
        """The percentile interval of a figure, at the bootstrap's confidence."""
        return percentile_interval(value, resampled, self.gate.bootstrap.confidence)
