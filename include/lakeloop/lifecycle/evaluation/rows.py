"""The labelled rows on which contenders meet, and what the bootstrap draws of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case.gate import Metric
from lakeloop.lifecycle.evaluation.metrics import METRICS, Evaluation, checked, evaluate, samples
from lakeloop.lifecycle.evaluation.review import Stakes

FEWEST_UNITS = 8  # fewer say too little about one another for an interval


@dataclass(frozen=True)
class Units:
    """What is drawn: `codes` (shape: rows, 0-based) of `count` things, called `name` in sentences."""

    codes: np.ndarray
    count: int
    name: str

    @property
    def enough(self) -> bool:
        return self.count >= FEWEST_UNITS


def units_of(use_case: LabelledUseCase, frame: pd.DataFrame) -> Units:
    """Entities (or what ``gate.bootstrap.units`` names) with all their rows, because rows of one are alike.

    Where there are fewer than 8: stretches of as many periods as the horizon has, because labels of nearer
    periods overlap.
    """
    named = use_case.gate.bootstrap.units
    drawn = frame.groupby(list(named or use_case.entity.keys), sort=True, dropna=False).ngroup().to_numpy()
    units = Units(drawn, _count(drawn), f"values of {', '.join(named)}" if named else use_case.entity.noun[1])
    return units if units.enough else _stretches(use_case, frame)


def _stretches(use_case: LabelledUseCase, frame: pd.DataFrame) -> Units:
    horizon = use_case.question.horizon
    numbers = use_case.period.indices(frame[use_case.period.column]) // horizon
    codes = np.unique(numbers, return_inverse=True)[1] if len(numbers) else numbers
    return Units(codes, _count(codes), f"stretches of {horizon} {use_case.period.unit}s")


def _count(codes: np.ndarray) -> int:
    return int(codes.max()) + 1 if len(codes) else 0


@dataclass(frozen=True)
class ScoredRows:
    """The same rows predicted by every contender: nobody is compared on rows of their own.

    Args:
        task: ``binary`` or ``regression``.
        y: labels (shape: rows).
        predictions: by contender (shape of each: rows).
        units: what the bootstrap draws.
        stakes: what each row is worth; None: nothing is at stake.

    Raises ValueError for a prediction that is missing or not finite, naming the contender.
    """

    task: str
    y: np.ndarray
    predictions: Mapping[str, np.ndarray]
    units: Units
    stakes: Stakes | None = None
    evaluations: Mapping[str, Evaluation] = field(init=False)

    def __post_init__(self) -> None:
        checked_predictions = {}
        for name, predicted in self.predictions.items():
            try:
                checked_predictions[name] = checked(self.y, predicted)[1]
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        object.__setattr__(self, "y", np.asarray(self.y, dtype="float64"))
        object.__setattr__(self, "predictions", checked_predictions)
        evaluations = {
            name: evaluate(self.task, self.y, values, self.stakes)
            for name, values in checked_predictions.items()
        }
        object.__setattr__(self, "evaluations", evaluations)

    def __len__(self) -> int:
        return len(self.y)

    def samples(self, metric: Metric, contender: str, counts: np.ndarray) -> np.ndarray:
        """The contender's metric on each sample of the rows (shape: samples), see :mod:`metrics`."""
        return samples(metric, self.y, self.predictions[contender], self.units.codes, counts, self.stakes)

    def strongest(self, metric: Metric, contenders: Sequence[str]) -> str:
        """Which of `contenders` has the best figure; an undefined one counts as the worst."""
        goodness = METRICS[metric].goodness
        figures = {
            name: float(goodness(np.array(self.evaluations[name].values[metric]))) for name in contenders
        }
        return max(figures, key=lambda name: -np.inf if np.isnan(figures[name]) else figures[name])

    def part(self, chosen: np.ndarray, contenders: Sequence[str] | None = None) -> "ScoredRows":
        """Only the rows where `chosen` is true; their units keep their numbers, so that draws still fit."""
        names = self.predictions if contenders is None else contenders
        units = Units(self.units.codes[chosen], self.units.count, self.units.name)
        predictions = {name: self.predictions[name][chosen] for name in names}
        stakes = self.stakes.part(chosen) if self.stakes else None
        return ScoredRows(self.task, self.y[chosen], predictions, units, stakes)
