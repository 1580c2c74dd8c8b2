"""When a model may become champion: limits of metrics, comparisons that know their uncertainty, and further checks."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from lakeloop.config.base import Config, Name, Names
from lakeloop.config.use_case.behaviour import BehaviouralTest
from lakeloop.config.use_case.checks import Budgets, Calibration, Health, Leakage, Serving, Stability
from lakeloop.config.use_case.fairness import Fairness
from lakeloop.config.use_case.limits import Limit, parse_limit

Metric = Literal[
    "auc", "average_precision", "brier", "log_loss", "ece", "saved", "mae", "rmse", "wape", "bias"
]
BINARY: tuple[Metric, ...] = ("auc", "average_precision", "brier", "log_loss", "ece", "saved")
REGRESSION: tuple[Metric, ...] = ("mae", "rmse", "wape", "bias")
HIGHER_IS_BETTER: tuple[Metric, ...] = ("auc", "average_precision", "saved")
Action = Literal["pass", "refuse"]


def _useful(floors: dict[Metric, Limit]) -> dict[Metric, Limit]:
    """A limit on the wrong side would let only bad models pass."""
    for metric, limit in floors.items():
        expected = ">=" if metric in HIGHER_IS_BETTER else "<="
        if parse_limit(limit)[0] != expected:
            better = "higher" if expected == ">=" else "lower"
            raise ValueError(
                f"{metric} is {limit!r}, expected {expected} and a number: the {better}, the better"
            )
    return floors


Floors = Annotated[dict[Metric, Limit], AfterValidator(_useful)]


class Comparison(Config):
    """What follows from comparing with another model on the same rows.

    `margin`: how much better than the other the candidate has to be, in units of the compared metric; negative allows
    it to be that much worse. The interval of the difference then says better, not distinguishable or worse.
    """

    margin: float = 0.0
    better: Action = "pass"
    not_distinguishable: Action
    worse: Action = "refuse"


class Bootstrap(Config):
    """The paired bootstrap that gives the interval of a difference; entities are drawn, with all their rows."""

    resamples: int = Field(default=500, ge=100, le=10_000)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    seed: int = 17
    units: Names = Field(
        default=(), description="columns of the training set that say what is drawn; none: the entity's keys"
    )


class Slices(Config):
    """Groups that are judged one by one: from `min_rows` rows on by their figure, smaller ones by its interval."""

    columns: Names = ()
    floors: Floors = Field(default_factory=dict)
    min_rows: int = Field(default=200, ge=1)

    @model_validator(mode="after")
    def _floors_have_columns(self) -> Self:
        if self.floors and not self.columns:
            raise ValueError("floors limits slices, but columns names none: name columns, or drop floors")
        return self


class Review(Config):
    """People look at the rows with the highest predictions: what the metric ``saved`` counts."""

    amount: Name = Field(
        description="column of the training set: what a row with label 1 costs when nobody looks"
    )
    budget: float = Field(gt=0, le=1, description="share of the rows that can be looked at")
    cost: float = Field(default=0.0, ge=0, description="of looking at one row, in the amount's unit")


class Gate(Config):
    """A model is refused unless all of it holds on the holdout."""

    floors: Floors = Field(min_length=1)
    compare_by: Metric
    baselines: Comparison = Comparison(not_distinguishable="refuse")
    simpler_models: Comparison = Comparison(not_distinguishable="refuse")
    champion: Comparison = Comparison(not_distinguishable="pass")
    bootstrap: Bootstrap = Bootstrap()
    review: Review | None = None
    slices: Slices = Slices()
    calibration: Calibration = Calibration()
    fairness: Fairness = Fairness()
    leakage: Leakage = Leakage()
    stability: Stability = Stability()
    behaviour: tuple[BehaviouralTest, ...] = ()
    health: Health = Health()
    serving: Serving = Serving()
    budgets: Budgets = Budgets()

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read of the training set beside features and label: slices, sensitive columns, units and the like."""
        named = [*self.slices.columns, *self.fairness.columns, *self.leakage.known_at, *self.bootstrap.units]
        named += [self.review.amount] if self.review else []
        return tuple(dict.fromkeys(named))

    @model_validator(mode="after")
    def _behavioural_tests_are_told_apart(self) -> Self:
        names = [test.name for test in self.behaviour]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"behaviour: {', '.join(repeated)} is the name of more than one test")
        return self

    def require_fitting(self, task: str) -> None:
        """Raises ValueError for what means nothing for a task of kind ``binary`` or ``regression``."""
        allowed = BINARY if task == "binary" else REGRESSION
        named: list[tuple[str, Metric]] = [
            *(("gate.floors", metric) for metric in self.floors),
            *(("gate.slices.floors", metric) for metric in self.slices.floors),
            ("gate.compare_by", self.compare_by),
        ]
        for key, metric in named:
            if metric == "saved" and self.review is None:
                raise ValueError(
                    f"{key}: saved needs gate.review, e.g. {{amount: price, budget: 0.01, cost: 5}}"
                )
            if metric not in allowed:
                raise ValueError(
                    f"{key}: {metric} is no metric of a {task} task; allowed are {', '.join(allowed)}"
                )
        if task == "regression" and self.fairness.columns:
            raise ValueError(
                "gate.fairness: judges decisions of a binary task; for a regression limit the groups' figures, e.g. "
                "gate.slices: {columns: [...], floors: {bias: '<= 0.1'}}"
            )
        if self.compare_by == "saved":
            raise ValueError("gate.compare_by: saved is a floor only; compare by average_precision")
        if task == "regression" and self.review is not None:
            raise ValueError("gate.review: counts what the labels 1 of a binary task cost; drop it")
        if task == "binary" and self.health.range is not None:
            raise ValueError("gate.health.range: a probability lies within 0 and 1 anyway; drop it")
