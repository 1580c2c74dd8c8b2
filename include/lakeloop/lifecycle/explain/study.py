"""The explanations of one model on many rows: overall, by slice, and of some rows that are worth looking at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lakeloop.lifecycle.evaluation.slices import slice_values
from lakeloop.lifecycle.explain.contributions import Explanation, require_consistent
from lakeloop.lifecycle.explain.loaded import explainer_of_pyfunc
from lakeloop.lifecycle.explain.reasons import Reason, reasons

MOST_ROWS = 20_000  # more change a mean of sizes in its third figure only
SEED = 17


@dataclass(frozen=True)
class Study:
    """Explained rows of a model's input.

    Args:
        x: the model's features of the rows (shape: rows x features).
        explanation: of those rows.
        places: where they stand among the rows that they were drawn from (shape: rows, 0-based).
        of: how many rows those were.
    """

    x: pd.DataFrame
    explanation: Explanation
    places: np.ndarray
    of: int

    @property
    def overall(self) -> pd.Series:
        """Mean size of each feature's contribution, the largest first (Lundberg et al. 2020, "global importance")."""
        sizes = np.abs(self.explanation.contributions).mean(axis=0)
        return pd.Series(sizes, index=self.x.columns).sort_values(ascending=False, kind="stable")

    def by_slice(self, frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
        """The same in each slice of `columns` of `frame`, the rows that were drawn from.

        Columns: slice, value, rows, then each feature as `overall` has them in order.
        """
        ordered, drawn = list(self.overall.index), frame.iloc[self.places]
        sizes = pd.DataFrame(np.abs(self.explanation.contributions), columns=self.x.columns)[ordered]
        parts = []
        for column in columns:
            values = slice_values(drawn[column], cut_like=frame[column])
            grouped = sizes.groupby(values.to_numpy(), sort=True)
            table = grouped.mean()
            table.insert(0, "rows", grouped.size())
            parts.append(table.rename_axis("value").reset_index().assign(slice=column))
        empty = pd.DataFrame(columns=["slice", "value", "rows", *ordered])
        return pd.concat(parts, ignore_index=True)[empty.columns] if parts else empty

    def reasons(self, row: int, most: int) -> list[Reason]:
        """Those of one of the explained rows, see :func:`reasons.reasons`."""
        explanation = replace(self.explanation, contributions=self.explanation.contributions[[row]])
        return reasons(explanation, self.x.iloc[[row]], most)[0]


def study(model: Any, x: pd.DataFrame, predictions: np.ndarray, most: int = MOST_ROWS) -> Study:
    """Explains what `model`, a pyfunc, has predicted for the rows of `x`: all of them, or `most` that are drawn.

    Raises NotExplainableError, and ContradictionError when an explanation does not add up to its prediction.
    """
    explain = explainer_of_pyfunc(model)
    places = np.arange(len(x))
    if len(x) > most:
        places = np.sort(np.random.default_rng(SEED).choice(len(x), most, replace=False))
    drawn = x.iloc[places]
    explanation = require_consistent(explain(drawn), predictions[places])
    return Study(drawn.reset_index(drop=True), explanation, places, len(x))


def worth_looking_at(task: str, y: np.ndarray, predictions: np.ndarray) -> dict[str, int]:
    """Rows by why they are of interest: the extremes, the middle, and the worst mistakes on either side.

    Args:
        y, predictions: of the same rows (shape of each: rows, at least one).
    """
    error = predictions - y
    middle = int(np.argsort(predictions, kind="stable")[len(predictions) // 2])
    above, below = ("false alarm", "missed") if task == "binary" else ("most too high", "most too low")
    return {
        "highest prediction": int(np.argmax(predictions)),
        "lowest prediction": int(np.argmin(predictions)),
        "in the middle": middle,
        above: int(np.argmax(error)),
        below: int(np.argmin(error)),
    }
