"""When a model may become champion: limits of metrics, and comparisons that know their uncertainty."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from lakeloop.config.base import Config, Names

Metric = Literal["auc", "average_precision", "brier", "log_loss", "ece", "mae", "rmse", "wape", "bias"]
BINARY: tuple[Metric, ...] = ("auc", "average_precision", "brier", "log_loss", "ece")
REGRESSION: tuple[Metric, ...] = ("mae", "rmse", "wape", "bias")
HIGHER_IS_BETTER: tuple[Metric, ...] = ("auc", "average_precision")
Action = Literal["pass", "refuse"]
_LIMIT = re.compile(r"(>=|<=)\s*(-?\d+(?:\.\d+)?)")


def _limit(text: str) -> str:
    if not _LIMIT.fullmatch(text):
        raise ValueError("is no limit, expected >= or <= and a number, for example '>= 0.80'")
    return text


Limit = Annotated[str, AfterValidator(_limit)]


def parse_limit(limit: str) -> tuple[Literal[">=", "<="], float]:
    """Sign and number of a checked limit."""
    match = _LIMIT.fullmatch(limit)
    if match is None:
        raise ValueError(f"{limit!r} is no limit, expected for example '>= 0.80'")
    return ("<=" if match[1] == "<=" else ">="), float(match[2])


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


class Slices(Config):
    """Groups that are judged one by one; smaller ones than `min_rows` are shown and not judged."""

    columns: Names = ()
    floors: Floors = Field(default_factory=dict)
    min_rows: int = Field(default=200, ge=1)

    @model_validator(mode="after")
    def _floors_have_columns(self) -> Self:
        if self.floors and not self.columns:
            raise ValueError("floors limits slices, but columns names none: name columns, or drop floors")
        return self


class Gate(Config):
    """A model is refused unless all of it holds on the holdout."""

    floors: Floors = Field(min_length=1)
    compare_by: Metric
    baselines: Comparison = Comparison(not_distinguishable="refuse")
    simpler_models: Comparison = Comparison(not_distinguishable="refuse")
    champion: Comparison = Comparison(not_distinguishable="pass")
    bootstrap: Bootstrap = Bootstrap()
    slices: Slices = Slices()
