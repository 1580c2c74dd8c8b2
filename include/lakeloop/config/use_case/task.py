"""What is predicted, with which models, and against which rules of thumb."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, field_validator

from lakeloop.config.base import Config, Name, Text

Parameter = int | float | str | bool
# How long to train. XGBoost's own loop takes them, and not the trees, so that nothing else looks at their values.
LOOP = ("n_estimators", "early_stopping_rounds")
# What may be said of the two models of scikit-learn. `max_iter` is the most trees that early stopping may keep.
HIST_GRADIENT_BOOSTING = (
    "learning_rate",
    "max_iter",
    "n_iter_no_change",
    "max_leaf_nodes",
    "max_depth",
    "min_samples_leaf",
    "l2_regularization",
    "max_features",
    "max_bins",
)
LINEAR = ("alpha",)  # weight of the penalty: ridge regression's alpha, 1 / C of logistic regression


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


class HistGradientBoosting(Config):
    """scikit-learn's histogram-based trees; their number is found on the early-stopping periods."""

    kind: Literal["hist_gradient_boosting"]
    params: dict[Name, Parameter] = Field(default_factory=dict, description="scikit-learn's own names")

    @field_validator("params")
    @classmethod
    def _are_known(cls, params: dict[str, Parameter]) -> dict[str, Parameter]:
        return _known(params, HIST_GRADIENT_BOOSTING)


class Linear(Config):
    """Logistic regression for a binary label, ridge regression for a number."""

    kind: Literal["linear"]
    params: dict[Name, Parameter] = Field(default_factory=dict)

    @field_validator("params")
    @classmethod
    def _are_known(cls, params: dict[str, Parameter]) -> dict[str, Parameter]:
        alpha = _known(params, LINEAR).get("alpha", 1.0)
        if type(alpha) not in (int, float) or float(alpha) <= 0:
            raise ValueError(f"alpha is {alpha!r}, expected a number above 0, for example 1.0")
        return params


def _known(params: dict[str, Parameter], allowed: tuple[str, ...]) -> dict[str, Parameter]:
    for name in params:
        if name not in allowed:
            raise ValueError(f"{name} is no parameter of this model; allowed are {', '.join(allowed)}")
    return params


Model = Annotated[XGBoost | HistGradientBoosting | Linear, Field(discriminator="kind")]


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
    ("hist_gradient_boosting", "binary"): "histogram gradient boosting",
    ("hist_gradient_boosting", "regression"): "histogram gradient boosting",
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
