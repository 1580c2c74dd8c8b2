"""How good hyperparameters are looked for: which are tried, on which folds, and at what cost."""

import math
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from lakeloop.config.base import Config
from lakeloop.config.use_case.gate import BINARY, REGRESSION, Metric
from lakeloop.config.use_case.search_space import FAMILIES, Family, Space, require_parameter

if TYPE_CHECKING:
    from lakeloop.config.use_case.labelled import LabelledUseCase

MOST_TRIALS = 10_000


class Folds(Config):
    """The newest training periods, `count` times `periods` of them, judge in turn; what lies before each trains."""

    count: int = Field(default=3, ge=1, le=20)
    periods: int = Field(default=2, ge=1, description="that one fold is judged on")


class Search(Config):
    """The key `search` of a use case.

    Args:
        space: by family of models what is tried; what is not named there is as `models` says.
        auto: several families compete under one budget.
        metric: what is optimised; by default what the gate compares by.
        trials, seconds: the budget; whichever is used up first ends the search.
        parallel: trials of one batch. They are asked for together, and run on Spark when there is more than one.
        warm_start: the champion's parameters, and those of `models`, are tried first.
    """

    kind: Literal["grid", "random", "bayesian"]
    space: Annotated[dict[Family, Space], Field(min_length=1)]
    auto: bool = False
    metric: Metric | None = None
    trials: int = Field(default=30, ge=1, le=MOST_TRIALS)
    seconds: int = Field(default=600, ge=1)
    parallel: int = Field(default=1, ge=1, le=256)
    seed: int = Field(default=2017, ge=0, lt=2**31)
    pruner: Literal["none", "median", "hyperband"] = "none"
    folds: Folds = Folds()
    warm_start: bool | None = Field(default=None, description="true, for a grid false")

    @property
    def families(self) -> tuple[Family, ...]:
        """Those that are searched, the simplest first."""
        return tuple(family for family in FAMILIES if family in self.space)

    @property
    def starts_warm(self) -> bool:
        return self.kind != "grid" if self.warm_start is None else self.warm_start

    @property
    def cells(self) -> int:
        """How many settings a grid has: each family has a grid of its own."""
        return sum(self._cells_of.values())

    @property
    def planned(self) -> int:
        """How many trials the search makes unless its seconds are used up first."""
        return self.cells if self.kind == "grid" else self.trials

    @property
    def _cells_of(self) -> dict[Family, int]:
        return {
            family: math.prod(given.size for given in self.space[family].values()) for family in self.families
        }

    @field_validator("space")
    @classmethod
    def _is_known(cls, space: dict[Family, Space]) -> dict[Family, Space]:
        for family, ranges in space.items():
            for name, given in ranges.items():
                require_parameter(family, name, given)
        return space

    @model_validator(mode="after")
    def _families_compete_or_there_is_one(self) -> Self:
        if len(self.space) > 1 and not self.auto:
            raise ValueError(
                f"space names {', '.join(self.families)}, but auto is false; set auto: true, or keep one family"
            )
        if self.auto and len(self.space) < 2:
            raise ValueError(
                f"auto is true, but space names {self.families[0]} only; expected two families or more"
            )
        if self.auto and self.folds.count < 2:
            raise ValueError(
                "folds.count is 1, expected at least 2 with auto: true, because families are told apart by how "
                "their folds differ"
            )
        return self

    @model_validator(mode="after")
    def _pruner_has_something_to_cut(self) -> Self:
        if self.pruner != "none" and self.folds.count < 2:
            raise ValueError(
                f"pruner is {self.pruner}, which gives a trial up between folds, but folds.count is 1; expected 2 or "
                "more, or pruner: none"
            )
        return self

    @model_validator(mode="after")
    def _grid_fits_the_budget(self) -> Self:
        if self.kind != "grid":
            return self
        if self.warm_start:
            raise ValueError("warm_start is true, but a grid tries its own settings only; leave it out")
        for family, ranges in self.space.items():
            for name, given in ranges.items():
                if not given.size:
                    raise ValueError(
                        f"space.{family}.{name} has endless values, and a grid needs a list of them: give it a "
                        "step, or make it {kind: choice, of: [...]}"
                    )
        if self.cells > self.trials:
            raise ValueError(
                f"the grid has {self._counted()}, but trials is {self.trials}: part of it would never be "
                f"tried; {self._remedy()}"
            )
        return self

    def _counted(self) -> str:
        each = ", ".join(f"{family} {cells}" for family, cells in self._cells_of.items())
        return f"{self.cells} settings ({each})" if len(self.space) > 1 else f"{self.cells} settings"

    def _remedy(self) -> str:
        if self.cells > MOST_TRIALS:
            return f"thin the space: no search may have more than {MOST_TRIALS} trials"
        return f"set trials to {self.cells} or thin the space"

    def require_fitting(self, use_case: "LabelledUseCase") -> None:
        """Raises ValueError naming what does not go with the rest of the use case."""
        allowed = BINARY if use_case.task.kind == "binary" else REGRESSION
        if self.metric == "saved":
            raise ValueError("search.metric: saved is a floor of the gate only; search by average_precision")
        if self.metric is not None and self.metric not in allowed:
            raise ValueError(
                f"search.metric: {self.metric} is no metric of a {use_case.task.kind} task; allowed are "
                f"{', '.join(allowed)}"
            )
        allowed_seconds = use_case.timeouts.train * 60
        if self.seconds >= allowed_seconds:
            raise ValueError(
                f"search.seconds is {self.seconds}, expected less than the {allowed_seconds} s that timeouts.train "
                f"({use_case.timeouts.train} minutes) leaves to the task"
            )
