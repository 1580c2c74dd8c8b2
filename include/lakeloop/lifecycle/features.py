"""The contract between feature tables and models: which columns, of what kind, what may be missing."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd


class MissingTableError(LookupError):
    """A table that the lifecycle reads does not exist."""


class MissingColumnError(LookupError):
    """A table lacks columns that the use case names."""


class BadColumnError(ValueError):
    """A column is there but cannot be used: wrong kind, or empty where a value is needed."""


def require_columns(table: str, present: Iterable[str], needed: Iterable[str]) -> None:
    """Raises MissingColumnError naming each of `needed` that `table` lacks, and what it has."""
    present = list(present)
    missing = [column for column in needed if column not in present]
    if missing:
        raise MissingColumnError(
            f"table {table} has no column {', '.join(missing)}; it has {', '.join(present)}. "
            "Rename it in the use case's YAML or add it to the dbt model."
        )


def require_filled(table: str, frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raises BadColumnError when a key or label column holds a null: such a row means nothing."""
    for column in columns:
        empty = int(frame[column].isna().sum())
        if empty:
            raise BadColumnError(
                f"{table}.{column} is null in {empty} of {len(frame)} rows, expected none. Fix the dbt model."
            )


def model_input(frame: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """`features` of `frame` as float64, in that order (shape: rows x features).

    Null stays missing (NaN), and so becomes an infinite value: both mean "not known", never zero.
    Raises MissingColumnError, and BadColumnError for a column that holds no numbers.
    """
    require_columns("(frame)", frame.columns, features)
    columns = {feature: _as_float(frame[feature]) for feature in features}
    return pd.DataFrame(columns, index=frame.index, columns=list(features))


def _as_float(column: pd.Series) -> pd.Series:
    try:
        values = pd.to_numeric(column, errors="raise").astype("float64")
    except (TypeError, ValueError) as error:
        raise BadColumnError(
            f"feature {column.name} is {column.dtype} and does not hold numbers ({error}). "
            "Encode it in the dbt model, or take it out of `features`."
        ) from error
    return values.replace([np.inf, -np.inf], np.nan)


def labels(frame: pd.DataFrame, label: str) -> np.ndarray:
    """The label column as 0/1 integers (shape: rows). Raises BadColumnError for anything else."""
    values = pd.to_numeric(frame[label], errors="coerce")
    strange = ~values.isin([0, 1])
    if strange.any():
        seen = sorted({str(value) for value in frame.loc[strange, label].head(5)})
        raise BadColumnError(
            f"label {label} is neither 0 nor 1 in {int(strange.sum())} rows, e.g. {', '.join(seen)}. "
            "Fix the dbt model."
        )
    return values.to_numpy(dtype="int64")
