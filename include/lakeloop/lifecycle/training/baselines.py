"""Rules of thumb that a model has to beat: what they would have predicted, from what was known as of each row."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case.task import Baseline, LastValue, Rule, SeasonalNaive
from lakeloop.lifecycle.features import numbers

LABEL, PERIOD, ENTITY = "_label", "_period", "_entity"


class ShortHistoryError(ValueError):
    """A baseline looks further back than there are labels."""


def columns_of(baselines: Iterable[Baseline]) -> list[str]:
    """Features that the rules among `baselines` rank by."""
    return [baseline.feature for baseline in baselines if isinstance(baseline, Rule)]


def need_history(baselines: Iterable[Baseline]) -> bool:
    """Whether one of `baselines` looks at earlier labels of the same entity."""
    return any(not isinstance(baseline, Rule) for baseline in baselines)


def describe(baseline: Baseline, use_case: LabelledUseCase) -> str:
    """What the baseline goes by, in a few words."""
    noun, unit = use_case.entity.noun[0], use_case.period.unit
    match baseline:
        case Rule(feature=feature) if use_case.task.kind == "regression":
            return f"the feature {feature} itself"
        case Rule(feature=feature, higher_is=higher_is):
            return f"the higher {feature}, the {higher_is}"
        case LastValue():
            return f"the newest known {use_case.task.label} of the same {noun}"
        case SeasonalNaive(lag=lag):
            return f"{use_case.task.label} of the same {noun} {lag} {unit}{'s' if lag > 1 else ''} earlier"


def predict_all(
    use_case: LabelledUseCase, frame: pd.DataFrame, history: pd.DataFrame | None
) -> dict[str, np.ndarray]:
    """What each baseline of the use case says about the rows of `frame`, by name (shape of each: rows).

    Args:
        history: entity keys, period and label of all labelled rows; None when no baseline looks back.
    """
    return {baseline.name: predict(baseline, use_case, frame, history) for baseline in use_case.baselines}


def predict(
    baseline: Baseline, use_case: LabelledUseCase, frame: pd.DataFrame, history: pd.DataFrame | None
) -> np.ndarray:
    """What one baseline says about the rows of `frame` (shape: rows), always finite.

    Raises BadColumnError for a rule by a feature that holds no numbers, ShortHistoryError when `history` is too young
    for every row.
    """
    if isinstance(baseline, Rule):
        return _rule(baseline, use_case.task.kind, frame)
    if history is None:
        raise ValueError(f"baseline {baseline.name!r} looks at earlier labels, but no history was given")
    asked, known = _numbered(use_case, frame, history)
    values = (
        _seasonal(baseline, asked, known)
        if isinstance(baseline, SeasonalNaive)
        else _last(asked, known, use_case.question.horizon)
    )
    if len(values) and np.isnan(values).all():
        raise ShortHistoryError(_too_short(baseline, use_case, history))
    return np.where(np.isnan(values), baseline.missing, values)


def _rule(rule: Rule, task: str, frame: pd.DataFrame) -> np.ndarray:
    values = numbers(frame[rule.feature]).to_numpy()
    if isinstance(rule.nulls, float | int):
        values = np.where(np.isnan(values), rule.nulls, values)
    if task == "regression":
        return _as_prediction(rule, values)
    ranks = values if rule.higher_is == "likelier" else -values
    return np.where(np.isnan(ranks), _outermost(ranks, rule.nulls == "highest", 1.0), ranks)


def _as_prediction(rule: Rule, values: np.ndarray) -> np.ndarray:
    """In a regression the feature is the prediction: a row without it takes the largest or the smallest there is."""
    return np.where(np.isnan(values), _outermost(values, rule.nulls == "highest", 0.0), values)


def _outermost(values: np.ndarray, highest: bool, beyond: float) -> float:
    """A value `beyond` the highest or the lowest of the known ones; 0 when none is known."""
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0
    return float(known.max() + beyond if highest else known.min() - beyond)


def _numbered(
    use_case: LabelledUseCase, frame: pd.DataFrame, history: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with their entity and period as numbers, and the history with its label."""
    keys, period = list(use_case.entity.keys), use_case.period
    everyone = pd.concat([frame[keys], history[keys]], ignore_index=True)
    entities = everyone.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    asked = pd.DataFrame({ENTITY: entities[: len(frame)], PERIOD: period.indices(frame[period.column])})
    known = pd.DataFrame({ENTITY: entities[len(frame) :], PERIOD: period.indices(history[period.column])})
    known[LABEL] = numbers(history[use_case.task.label]).to_numpy()
    return asked, known.dropna(subset=[LABEL])


def _seasonal(baseline: SeasonalNaive, asked: pd.DataFrame, known: pd.DataFrame) -> np.ndarray:
    """The label exactly `lag` periods earlier."""
    then = asked.assign(**{PERIOD: asked[PERIOD] - baseline.lag})
    return then.merge(known, on=[ENTITY, PERIOD], how="left", validate="many_to_one")[LABEL].to_numpy()


def _last(asked: pd.DataFrame, known: pd.DataFrame, horizon: int) -> np.ndarray:
    """The newest label whose horizon had passed: that of a period at least `horizon` earlier."""
    then = asked.assign(**{PERIOD: asked[PERIOD] - horizon}).reset_index().sort_values(PERIOD)
    found = pd.merge_asof(then, known.sort_values(PERIOD), on=PERIOD, by=ENTITY)
    return found.sort_values("index")[LABEL].to_numpy()


def _too_short(baseline: LastValue | SeasonalNaive, use_case: LabelledUseCase, history: pd.DataFrame) -> str:
    lag = baseline.lag if isinstance(baseline, SeasonalNaive) else use_case.question.horizon
    column = history[use_case.period.column]
    reach = f"reach from {column.min()} to {column.max()}" if len(column) else "are none"
    return (
        f"baseline {baseline.name!r} needs labels {lag} {use_case.period.unit}s before a row, but no row has one: the "
        f"labels {reach}. Ingest more, or lower its lag in the use case's YAML."
    )
