"""Groups of rows that are judged one by one: a good average can hide a group that the model fails."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lakeloop.config.use_case.gate import Bootstrap, Metric
from lakeloop.lifecycle.evaluation.bootstrap import draw, interval
from lakeloop.lifecycle.evaluation.rows import ScoredRows

QUARTILES = 4
MISSING = "missing"


def slice_table(
    frame: pd.DataFrame,
    rows: ScoredRows,
    columns: Sequence[str],
    metrics: Sequence[Metric],
    candidate: str,
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """One row per value of each of `columns` of `frame`, whose rows are those of `rows`.

    Columns: slice, value, rows, units (how many the bootstrap draws from), label (its mean), for each metric and
    contender ``<metric> <contender>`` (NaN where undefined), and ``<metric> low`` and ``<metric> high``, the interval
    of the candidate's.
    """
    counts = draw(rows.units, bootstrap)
    table = []
    for column in columns:
        values = slice_values(frame[column])
        for name in sorted(values.unique()):
            part = rows.part((values == name).to_numpy())
            figures = _figures(part, metrics) | _intervals(part, metrics, candidate, counts, bootstrap)
            table.append({"slice": column, "value": name, **figures})
    return pd.DataFrame(table)


def _figures(part: ScoredRows, metrics: Sequence[Metric]) -> dict[str, float]:
    units = len(np.unique(part.units.codes))
    head: dict[str, float] = {"rows": len(part), "units": units, "label": float(np.mean(part.y))}
    return head | {
        f"{metric} {name}": evaluation.values[metric]
        for metric in metrics
        for name, evaluation in part.evaluations.items()
    }


def _intervals(
    part: ScoredRows, metrics: Sequence[Metric], candidate: str, counts: np.ndarray, bootstrap: Bootstrap
) -> dict[str, float]:
    ends: dict[str, float] = {}
    for metric in metrics:
        found = interval(part, metric, candidate, counts, bootstrap.confidence)
        ends |= {f"{metric} low": found.low, f"{metric} high": found.high}
    return ends


def slice_values(column: pd.Series, cut_like: pd.Series | None = None) -> pd.Series:
    """Each row's slice, as text: the value itself, its quartile when there are many numbers, or ``missing``.

    Args:
        cut_like: the rows that say whether and where numbers are cut, when `column` has only some of them, or others;
            numbers beyond its ends belong to the outermost quartile.
    """
    whole = column if cut_like is None else cut_like
    numeric = pd.api.types.is_numeric_dtype(whole) and not pd.api.types.is_bool_dtype(whole)
    sliced = column.astype(object)
    if numeric and whole.nunique() > 2 * QUARTILES:
        sliced = _quartiles(column, whole)
    return sliced.where(column.notna(), MISSING).astype(str)


def _quartiles(column: pd.Series, whole: pd.Series) -> pd.Series:
    cut, edges = pd.qcut(whole, QUARTILES, duplicates="drop", precision=2, retbins=True)
    # numbered, so that the quartiles sort by size and not as text
    names = np.array([f"q{number} {span}" for number, span in enumerate(cut.cat.categories, start=1)])
    places = np.searchsorted(edges[1:-1], column.to_numpy("float64", na_value=np.nan), side="left")
    return pd.Series(names[np.minimum(places, len(names) - 1)], index=column.index, dtype=object)
