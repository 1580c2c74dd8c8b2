"""How good scores are on labelled rows: one row of figures for all of them, or one per slice."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

QUARTILES = 4


@dataclass(frozen=True)
class Evaluation:
    """Figures on one set of rows; NaN where undefined: one class only, or scores that are no probability."""

    auc: float
    average_precision: float
    log_loss: float
    brier: float
    rows: int
    positives: int

    def metrics(self, prefix: str) -> dict[str, float]:
        """`{prefix_auc: ...}` without the undefined ones, ready for MLflow."""
        figures = {f"{prefix}_{name}": float(value) for name, value in asdict(self).items()}
        return {name: value for name, value in figures.items() if np.isfinite(value)}


def evaluate(y: np.ndarray, scores: np.ndarray) -> Evaluation:
    """Figures of `scores` (higher = more likely 1) against `y` in {0, 1}; both of shape (rows,).

    Raises ValueError when lengths differ or a score is not finite: no figure may hide an unscored row.
    """
    y, scores = np.asarray(y), np.asarray(scores, dtype="float64")
    if y.shape != scores.shape:
        raise ValueError(f"{scores.shape} scores for {y.shape} labels, expected one score per label")
    unscored = int((~np.isfinite(scores)).sum())
    if unscored:
        raise ValueError(f"{unscored} of {len(scores)} scores are not finite; every row needs one")
    ranking = {"auc": float("nan"), "average_precision": float("nan")}
    if len(np.unique(y)) == 2:
        ranking = {
            "auc": float(roc_auc_score(y, scores)),
            "average_precision": float(average_precision_score(y, scores)),
        }
    return Evaluation(**ranking, **_probability_figures(y, scores), rows=len(y), positives=int(y.sum()))


def _probability_figures(y: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    if not len(y) or scores.min() < 0 or scores.max() > 1:
        return {"log_loss": float("nan"), "brier": float("nan")}
    return {
        "log_loss": float(log_loss(y, scores, labels=[0, 1])),
        "brier": float(brier_score_loss(y, scores)),
    }


def recency_scores(frame: pd.DataFrame, feature: str) -> np.ndarray:
    """The recency rule: the longer ago the last purchase, the likelier the churn (shape: rows).

    A household without a known last purchase ranks above all others.
    """
    values = pd.to_numeric(frame[feature]).astype("float64").replace([np.inf, -np.inf], np.nan)
    highest = values.max() if values.notna().any() else 0.0
    return values.fillna(highest + 1.0).to_numpy()


def slice_table(
    frame: pd.DataFrame, y: np.ndarray, scores: Mapping[str, np.ndarray], columns: Sequence[str]
) -> pd.DataFrame:
    """One row per value of each of `columns` (numbers with many values are cut into quartiles).

    Columns: slice, value, rows, positives, rate, and for each of `scores` its AUC (NaN where a slice has
    one class only). "missing" is a value of its own.
    """
    rows = []
    for column in columns:
        values = slice_values(frame[column])
        for value in sorted(values.unique()):
            chosen = (values == value).to_numpy()
            part = {name: evaluate(y[chosen], given[chosen]) for name, given in scores.items()}
            rows.append(_slice_row(column, value, y[chosen], part))
    return pd.DataFrame(rows)


def _slice_row(column: str, value: str, y: np.ndarray, part: Mapping[str, Evaluation]) -> dict[str, object]:
    head = {
        "slice": column,
        "value": value,
        "rows": len(y),
        "positives": int(y.sum()),
        "rate": float(y.mean()),
    }
    return head | {f"auc_{name}": figures.auc for name, figures in part.items()}


def slice_values(column: pd.Series) -> pd.Series:
    """Each row's slice, as text: the value itself, or its quartile when there are many numbers."""
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and column.nunique() > 2 * QUARTILES:
        # numbered, so that the quartiles sort by size and not as text
        cut = pd.qcut(column, QUARTILES, duplicates="drop", precision=2)
        names = {
            interval: f"q{number} {interval}" for number, interval in enumerate(cut.cat.categories, start=1)
        }
        column = cut.astype(object).map(names)
    return column.astype(object).where(column.notna(), "missing").astype(str)
