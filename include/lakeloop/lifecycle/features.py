"""The contract between feature tables and models: which columns, of what kind, what may be missing."""

from collections.abc import Iterable, Sequence
from numbers import Number

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
    missing = lacking(present, needed)
    if missing:
        raise MissingColumnError(
            f"table {table} has no column {', '.join(missing)}; it has {', '.join(present)}. "
            "Rename it in the use case's YAML or add it to the dbt model."
        )


def lacking(present: Iterable[str], needed: Iterable[str]) -> tuple[str, ...]:
    """Which of `needed` are not `present`: with any, a model cannot score these features."""
    present = set(present)
    return tuple(column for column in needed if column not in present)


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
    columns = {feature: numbers(frame[feature]) for feature in features}
    return pd.DataFrame(columns, index=frame.index, columns=list(features))


def numbers(column: pd.Series) -> pd.Series:
    """The column as float64 with NaN for what is not known. Raises BadColumnError for text, dates and the like."""
    if not _holds_numbers(column):
        raise BadColumnError(
            f"feature {column.name} is {_kind(column)} and does not hold numbers. Encode it in the dbt model, "
            "or list it under features.except."
        )
    return pd.to_numeric(column).astype("float64").replace([np.inf, -np.inf], np.nan)


def _holds_numbers(column: pd.Series) -> bool:
    """Text that looks like a number is text; a date is not its nanoseconds."""
    if pd.api.types.is_numeric_dtype(column):
        return True
    known = column.dropna()
    return column.dtype == object and bool(known.map(lambda value: isinstance(value, Number)).all())


def _kind(column: pd.Series) -> str:
    known = column.dropna()
    if column.dtype != object or not len(known):
        return str(column.dtype)
    strange = next(value for value in known if not isinstance(value, Number))
    return f"{type(strange).__name__} (e.g. {strange!r})"


def labels(frame: pd.DataFrame, label: str, task: str) -> np.ndarray:
    """The label column (shape: rows): 0/1 integers for a ``binary`` task, finite floats for a ``regression``.

    Raises BadColumnError for anything else, with what was seen.
    """
    column = frame[label]
    values = _label_numbers(column)
    strange = ~values.isin([0, 1]) if task == "binary" else values.isna()
    if strange.any():
        seen = sorted({str(value) for value in column[strange].head(5)})
        expected = "neither 0 nor 1" if task == "binary" else "no number"
        raise BadColumnError(
            f"label {label} is {expected} in {int(strange.sum())} of {len(column)} rows, e.g. {', '.join(seen)}. "
            "Fix the dbt model."
        )
    return values.to_numpy(dtype="int64" if task == "binary" else "float64")


def _label_numbers(column: pd.Series) -> pd.Series:
    """Floats, NaN for what is no finite number; text is none, whatever it looks like."""
    if not pd.api.types.is_numeric_dtype(column):
        column = column.map(lambda value: value if isinstance(value, Number) else None)
    values = pd.to_numeric(column, errors="coerce").astype("float64")
    return values.replace([np.inf, -np.inf], np.nan)
