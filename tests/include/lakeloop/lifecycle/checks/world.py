"""A museum whose visitors come and go: a state that lasts, features that look back on it, an answer that lies ahead."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.evaluation.gate import CANDIDATE, Check
from lakeloop.lifecycle.evaluation.rows import ScoredRows, units_of
from lakeloop.lifecycle.evaluation.slices import slice_table
from lakeloop.lifecycle.features import model_input
from lakeloop.lifecycle.training.models import predict
from lakeloop.lifecycle.training.splits import sliding_split
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

FEATURES = ["idle_days", "visits", "noise", "flag"]
VISITORS, WEEKS = 150, 32
Answer = Callable[[pd.DataFrame], np.ndarray]


@cache
def history(task: str = "binary", seed: int = 3) -> pd.DataFrame:
    """Keys, features, label, group columns, and ``_state``: what the visitor will really do in the row's horizon."""
    asked = use_case(BINARY if task == "binary" else REGRESSION)
    horizon, random = asked.question.horizon, np.random.default_rng(seed)
    periods = WEEKS if task == "binary" else 100
    state = _states(random, periods + 2 * horizon)
    rows = []
    for period in range(periods):
        now = period + horizon
        past, future = (
            state[:, first : first + horizon].mean(axis=1) for first in (now - horizon + 1, now + 1)
        )
        rows.append(_period(asked, random, period, past, future))
    return pd.concat(rows, ignore_index=True)


def _states(random: np.random.Generator, length: int) -> np.ndarray:
    """An autoregressive state per visitor around a level of his own (shape: visitors x length)."""
    states = [random.normal(size=VISITORS)]
    for _ in range(length - 1):
        states.append(0.85 * states[-1] + 0.53 * random.normal(size=VISITORS))
    return np.array(states).T + 0.3 * random.normal(size=(VISITORS, 1))


def _period(
    asked: Any, random: np.random.Generator, period: int, past: np.ndarray, future: np.ndarray
) -> pd.DataFrame:
    noise = random.normal(size=(4, VISITORS))
    if asked.task.kind == "binary":
        label = (future + 0.3 * noise[0] < -0.4).astype("int64")
        keys = {"visitor": np.arange(VISITORS)}
    else:
        label = 10 * np.exp(0.3 * future) + 0.3 * noise[0]
        keys = {"museum": np.array(["north", "south"])[np.arange(VISITORS) % 2], "desk": np.arange(VISITORS)}
    return pd.DataFrame(
        {
            **keys,
            "as_of": asked.period.as_of(period),
            "idle_days": np.round(7 * (1.5 - past + 0.2 * noise[1])),
            "visits": np.where(noise[2] > 1.5, np.nan, past + 0.3 * noise[1]),
            "noise": noise[3],
            "flag": (np.arange(VISITORS) % 3 == 0).astype("int64"),
            asked.task.label: label,
            "district": [None if one % 10 == 0 else ("east", "west")[one % 2] for one in range(VISITORS)],
            "_state": future,
        }
    )


def honest(x: pd.DataFrame) -> np.ndarray:
    """Close to calibrated: what a logistic regression on `idle_days` says."""
    return 1 / (1 + np.exp(-(0.25 * (x["idle_days"].fillna(10.5).to_numpy() - 10.5) - 1.15)))


def expected(x: pd.DataFrame) -> np.ndarray:
    """The same for a regression."""
    return np.asarray(10 * np.exp(0.3 * 0.75 * (1.5 - x["idle_days"].fillna(10.5).to_numpy() / 7)))


def evidence(
    answer: Answer | Any = honest,
    gate: Mapping[str, Any] | None = None,
    frame: pd.DataFrame | None = None,
    features: list[str] | None = None,
    task: str = "binary",
    folder: Path = Path(),
    **changes: Any,
) -> Evidence:
    """What the checks see of a candidate that answers with `answer`: a function, or a model that MLflow loaded.

    Args:
        gate: keys of the use case's gate beside those that it has.
        changes: of the use case.
    """
    content = BINARY if task == "binary" else REGRESSION
    asked = use_case(content, **changes, gate={**content["gate"], **(gate or {})})
    frame = history(task) if frame is None else frame
    split = sliding_split(frame["as_of"].unique(), asked.period, asked.split)
    holdout = split.holdout.rows(frame)
    x = model_input(holdout, features or FEATURES)
    model = answer if hasattr(answer, "predict") else SimpleNamespace(predict=answer)
    y, said = holdout[asked.task.label].to_numpy(), predict(model, asked.task, x)
    rows = ScoredRows(task, y, {CANDIDATE: said}, units_of(asked, holdout))
    metrics = list(dict.fromkeys([asked.gate.compare_by, *asked.gate.slices.floors]))
    slices = slice_table(holdout, rows, asked.gate.slices.columns, metrics, CANDIDATE, asked.gate.bootstrap)
    return Evidence(asked, rows, holdout, frame, split, x, model, folder, slices)


def with_predictions(of: Evidence, predictions: np.ndarray) -> Evidence:
    """The same rows with other predictions of the candidate."""
    rows = ScoredRows(of.rows.task, of.rows.y, {CANDIDATE: predictions}, of.rows.units)
    return replace(of, rows=rows)


def refused(checks: list[Check]) -> list[str]:
    """The keys of the checks that were not passed; each sentence holds its key."""
    assert all(check.key in check.sentence for check in checks)
    assert all(check.group for check in checks)
    return [check.key for check in checks if not check.passed]
