"""Reason codes: the few features that moved a prediction most, with their value and what each added."""

from typing import Any

import numpy as np
import pandas as pd

from .contributions import Explanation

SQL_TYPE = "array<struct<feature:string,value:double,contribution:double>>"
Reason = dict[str, Any]


def reasons(explanation: Explanation, x: pd.DataFrame, most: int) -> list[list[Reason]]:
    """For each row of `x` at most so many ``{"feature", "value", "contribution"}``, the largest contribution first.

    A contribution is in units of the raw score and positive when it raises the prediction. A missing value is None; a
    feature that added nothing is no reason. Of equal contributions the earlier column comes first.
    """
    order = _largest(np.abs(explanation.contributions), most)
    added = np.take_along_axis(explanation.contributions, order, axis=1).tolist()
    values = np.take_along_axis(x.to_numpy("float64"), order, axis=1).tolist()
    names = np.asarray(x.columns, dtype=object)[order].tolist()
    return [
        [
            # only NaN differs from itself
            {"feature": name, "value": value if value == value else None, "contribution": part}
            for name, value, part in zip(*row, strict=True)
            if part
        ]
        for row in zip(names, values, added, strict=True)
    ]


def _largest(sizes: np.ndarray, most: int) -> np.ndarray:
    """Columns of the largest sizes, largest first (shape: rows x `most`, or fewer when there are fewer columns)."""
    return np.argsort(-sizes, axis=1, kind="stable")[:, :most]
