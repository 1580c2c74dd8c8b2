"""Behavioural tests of a model, declared by what they change and what then may happen.

Ribeiro, Wu, Guestrin, Singh (2020), "Beyond accuracy: behavioral testing of NLP models with CheckList": minimum
functionality, invariance and directional expectation.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lakeloop.config.base import Config, Name, Share, Text
from lakeloop.config.use_case.limits import Limit


class Change(Config):
    """What is done to a feature of each row; a missing value stays missing unless it is `set`."""

    add: float | None = None
    multiply: float | None = None
    set: float | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        named = {name: value for name, value in vars(self).items() if value is not None}
        if len(named) != 1:
            raise ValueError(f"is {named or 'empty'}, expected one of add, multiply and set, e.g. {{add: 7}}")
        return self


class Invariance(Config):
    """Changing the feature moves a prediction by at most `tolerance`, but for a share `exceptions` of the rows."""

    kind: Literal["invariance"]
    name: Text
    feature: Name
    change: Change
    tolerance: float = Field(ge=0, description="in units of the prediction")
    exceptions: Share = 0.0


class Direction(Config):
    """Changing the feature moves no prediction the wrong way by more than `tolerance`, but for a share of the rows."""

    kind: Literal["direction"]
    name: Text
    feature: Name
    change: Change
    expect: Literal["not lower", "not higher"]
    tolerance: float = Field(default=0.0, ge=0, description="in units of the prediction")
    exceptions: Share = 0.05


class Minimum(Config):
    """A described row is predicted within `expect`; features that are not described take the holdout's median."""

    kind: Literal["minimum"]
    name: Text
    row: dict[Name, float | None] = Field(min_length=1, description="null is a missing value")
    others: Literal["median", "missing"] = "median"
    expect: Limit


BehaviouralTest = Annotated[Invariance | Direction | Minimum, Field(discriminator="kind")]


def features_of(test: "Invariance | Direction | Minimum") -> tuple[str, ...]:
    """The features that a behavioural test names."""
    return tuple(test.row) if isinstance(test, Minimum) else (test.feature,)
