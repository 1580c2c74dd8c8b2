"""What the features looked like when the version was judged: rows that it has not learned from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lakeloop.config import UseCase
from lakeloop.lifecycle.evaluation.advantage import TRAINED_THROUGH
from lakeloop.lifecycle.sql import Run, text
from lakeloop.lifecycle.time_travel import says_gone

from .errors import ExportError

MOST_ROWS = 20_000
BINS = 10
DATA_VERSIONS = "data_versions"  # tag of run and version: Delta version by table, JSON
MOMENTS = {"hour": "TIMESTAMP"}  # by the unit of a period; of all others a date


def read_reference(
    run: Run, use_case: UseCase, tags: Mapping[str, str], features: Sequence[str]
) -> np.ndarray:
    """Float64 [rows, features], NaN where a value is missing: at most 20,000 rows drawn by the hash of their keys.

    They are of the table and the Delta version that the version was trained on, from after its last training period.
    Raises ExportError where the version does not say what that was, or the rows are gone.
    """
    statement = reference_sql(use_case, tags, features)
    try:
        rows = run(statement)
    except Exception as error:
        if not says_gone(error):
            raise
        raise ExportError(f"the rows that the version was judged on are gone from Delta: {error}") from error
    if not rows:
        raise ExportError(f"no row is left to compare with: {statement} answered nothing")
    values = np.array([[_number(row[name]) for name in features] for row in rows], dtype=np.float64)
    values[~np.isfinite(values)] = np.nan  # as in training: not known
    return values


def reference_sql(use_case: UseCase, tags: Mapping[str, str], features: Sequence[str]) -> str:
    """The statement. Raises ExportError where a tag is missing."""
    table = use_case.gold("training_set")
    known = json.loads(tags.get(DATA_VERSIONS, "{}"))
    if table not in known or TRAINED_THROUGH not in tags:
        raise ExportError(
            f"the version does not say what it was trained on (tags {DATA_VERSIONS}, {TRAINED_THROUGH})"
        )
    kind = MOMENTS.get(use_case.period.unit, "DATE")
    columns = ", ".join(f"CAST(`{name}` AS DOUBLE) AS `{name}`" for name in features)
    return (
        f"SELECT {columns} FROM {table} VERSION AS OF {int(known[table])} "
        f"WHERE {use_case.period.column} > CAST({text(tags[TRAINED_THROUGH])} AS {kind}) "
        f"ORDER BY xxhash64({', '.join(use_case.keys)}) LIMIT {MOST_ROWS}"
    )


def distribution(values: np.ndarray) -> dict[str, Any]:
    """Bins between the deciles of a column (shape: rows), and how many rows each holds; as ``model.json`` has it."""
    known = values[~np.isnan(values)]
    inner = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf") if len(known) else known
    edges = np.unique(inner)
    counts = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
    return {
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "missing": int(len(values) - len(known)),
        "lowest": float(known.min()) if len(known) else None,
        "highest": float(known.max()) if len(known) else None,
    }


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
