"""What is predicted, with which models, and against which rules of thumb."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, field_validator

from lakeloop.config.base import Config, Name, Text

Parameter = int | float | str | bool
# How long to train. XGBoost's own loop takes them, and not the trees, so that nothing else looks at their values.
LOOP = ("n_estimators", "early_stopping_rounds")


class Binary(Config):
    """The label is 0 or 1; the prediction is the probability of 1."""

    kind: Literal["binary"]
    label: Name
    prediction: Name


class Regression(Config):
    """Label and prediction are numbers of one unit."""

    kind: Literal["regression"]
    label: Name
    prediction: Name


Task = Annotated[Binary | Regression, Field(discriminator="kind")]


class XGBoost(Config):
    """Gradient-boosted trees; the number of trees is found on the early-stopping periods."""

    kind: Literal["xgboost"]
    params: dict[Name, Parameter] = Field(default_factory=dict, description="XGBoost's own names")

    @field_validator("params")
    @classmethod
    def _rounds_are_whole(cls, params: dict[str, Parameter]) -> dict[str, Parameter]:
        for name in LOOP:
            value = params.get(name, 1)
            if type(value) is not int or value < 1:
                raise ValueError(f"{name} is {value!r}, expected a whole number from 1 on, for example 500")
        return params


class Linear(Config):
    """Logistic regression for a binary label, ridge regression for a number."""

    kind: Literal["linear"]


Model = Annotated[XGBoost | Linear, Field(discriminator="kind")]


class Rule(Config):
    """Ranks by one feature; for a regression the feature is the prediction itself.

    `nulls`: where rows without the feature rank, or the value that stands for them.
    """

    kind: Literal["rule"]
    name: Text
    feature: Name
    higher_is: Literal["likelier", "unlikelier"] = "likelier"
    nulls: Literal["highest", "lowest"] | float


class LastValue(Config):
    """The newest label of the same entity that was known as of the row; `missing` stands for an unknown one."""

    kind: Literal["last_value"]
    name: Text
    missing: float


class SeasonalNaive(Config):
    """The label of the same entity `lag` periods earlier; `missing` stands for an unknown one."""

    kind: Literal["seasonal_naive"]
    name: Text
    lag: int = Field(ge=1)
    missing: float


Baseline = Annotated[Rule | LastValue | SeasonalNaive, Field(discriminator="kind")]

MODEL_NAMES = {
    ("xgboost", "binary"): "XGBoost",
    ("xgboost", "regression"): "XGBoost",
    ("linear", "binary"): "logistic regression",
    ("linear", "regression"): "ridge regression",
}
# How the gate calls the two models that it decides between.
CONTENDERS = ("candidate", "champion")


def model_names(models: tuple[Model, ...], task: Task) -> list[str]:
    """How the models are called in runs and sentences; a second one of a kind gets a number."""
    names, seen = [], Counter[str]()
    for model in models:
        name = MODEL_NAMES[model.kind, task.kind]
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return names
