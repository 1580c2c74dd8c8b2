"""A version is tried before it serves again: it is loaded, and scores rows that it has to be able to score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from mlflow.entities.model_registry import ModelVersion

from lakeloop.config import LabelledUseCase, RankingUseCase, UseCase
from lakeloop.lifecycle import sql
from lakeloop.lifecycle.features import lacking, model_input
from lakeloop.lifecycle.published import PublishedFeatures, publications_through
from lakeloop.lifecycle.registry import UnreadableVersionError, load_version
from lakeloop.lifecycle.time_travel import says_gone

ROWS = 20


class ProbeFailedError(RuntimeError):
    """The version cannot be loaded or cannot score; nothing was changed."""


@dataclass(frozen=True)
class Probe:
    """What was scored: so many rows of the logged example and of the newest features, with answers in a range."""

    example_rows: int
    feature_rows: int
    as_of: str
    lowest: float
    highest: float

    def __str__(self) -> str:
        example = (
            f"{self.example_rows} rows of its example" if self.example_rows else "no example, it has none"
        )
        return (
            f"scored {example}, and {self.feature_rows} rows as of {self.as_of}: "
            f"{self.lowest:.4f} to {self.highest:.4f}"
        )


def probe(run: sql.Run, use_case: UseCase, version: ModelVersion) -> Probe:
    """Loads `version` and scores its logged example and some rows of the newest published features.

    Raises ProbeFailedError naming what is wrong: it cannot be loaded, a feature is gone, nothing is published, or an
    answer is not finite (of a binary task: not between 0 and 1).
    """
    name, model = f"version {version.version} of {version.name}", _loaded(version)
    if isinstance(use_case, RankingUseCase):
        from lakeloop.lifecycle.ranking import probe as ranking  # other kinds need not wait for it

        return ranking.probe(run, use_case, name, model)
    assert isinstance(use_case, LabelledUseCase)
    return _of_rows(run, use_case, name, model)


def _of_rows(run: sql.Run, use_case: LabelledUseCase, name: str, model: Any) -> Probe:
    newest = newest_published(run, use_case)
    inputs = model.metadata.get_input_schema().input_names()
    rows = model_input(_rows(run, use_case, newest, inputs, name), inputs)
    example = _example(model, inputs)
    answers = [_answers(model, part, use_case, name) for part in (example, rows) if len(part)]
    scores = np.concatenate(answers)
    return Probe(len(example), len(rows), newest.newest_as_of, float(scores.min()), float(scores.max()))


def _loaded(version: ModelVersion) -> Any:
    try:
        return load_version(version)
    except UnreadableVersionError as error:
        raise ProbeFailedError(str(error)) from error


def newest_published(run: sql.Run, use_case: UseCase) -> PublishedFeatures:
    """The newest publication. Raises ProbeFailedError when there is none."""
    found = publications_through(run, use_case)
    if not found:
        raise ProbeFailedError(
            f"no features of {use_case.name} are published, so nothing shows that the version can score; run "
            f"{use_case.name}_transform"
        )
    return found[-1]


def _rows(
    run: sql.Run, use_case: LabelledUseCase, newest: PublishedFeatures, inputs: Sequence[str], name: str
) -> pd.DataFrame:
    table, at, keys = use_case.gold("features"), newest.features_version, ", ".join(use_case.entity.keys)
    try:
        rows = run(
            f"SELECT * FROM {table} VERSION AS OF {at} ORDER BY {use_case.period.column} DESC, {keys} LIMIT {ROWS}"
        )
    except Exception as error:  # each engine has a class of its own for what Delta says
        if not says_gone(error):
            raise
        raise ProbeFailedError(
            f"version {at} of {table}, the newest that is published, is gone: run {use_case.name}_transform"
        ) from error
    missing = lacking(rows[0] if rows else (), inputs)
    if missing:
        raise ProbeFailedError(
            f"{name} needs {', '.join(missing)}, which version {at} of {table} does not have. Bring the column back in "
            "the dbt model, or go to another version with --to."
        )
    return pd.DataFrame(rows)


def _example(model: Any, inputs: Sequence[str]) -> pd.DataFrame:
    """The example that was logged with the model; empty when there is none."""
    saved = model.metadata.saved_input_example_info
    return model_input(model.input_example, inputs) if saved else pd.DataFrame(columns=list(inputs))


def _answers(model: Any, part: pd.DataFrame, use_case: LabelledUseCase, name: str) -> np.ndarray:
    """One number a row (shape: rows)."""
    try:
        values = np.asarray(model.predict(part), dtype="float64")
    except Exception as error:
        raise ProbeFailedError(f"{name} cannot score: {type(error).__name__}: {error}") from error
    scores = values[:, -1] if values.ndim == 2 else values
    wrong = ~np.isfinite(scores)
    if use_case.task.kind == "binary":
        wrong |= (scores < 0) | (scores > 1)
    if len(scores) != len(part) or wrong.any():
        expected = "between 0 and 1" if use_case.task.kind == "binary" else "finite"
        raise ProbeFailedError(
            f"{name} answers {len(part)} rows with {len(scores)} numbers, {int(wrong.sum())} of them not {expected}, "
            f"e.g. {scores[wrong][:3].tolist()}"
        )
    return scores
