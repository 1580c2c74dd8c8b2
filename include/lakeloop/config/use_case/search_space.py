"""What a search may try: typed ranges of a model family's parameters, and between which values they make sense."""

import math
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from lakeloop.config.base import Config, Name
from lakeloop.config.use_case.task import Parameter

Family = Literal["linear", "hist_gradient_boosting", "xgboost"]
# The simplest first: one weight per feature, then trees that need scikit-learn alone, then those of XGBoost.
FAMILIES: tuple[Family, ...] = ("linear", "hist_gradient_boosting", "xgboost")
INFINITE = math.inf
# What may be searched, and between which values; the number of trees is not: the early-stopping periods find it.
BOUNDS: dict[Family, dict[str, tuple[float, float]]] = {
    "linear": {"alpha": (1e-12, INFINITE)},
    "hist_gradient_boosting": {
        "learning_rate": (1e-6, INFINITE),
        "max_leaf_nodes": (2, INFINITE),
        "max_depth": (1, INFINITE),
        "min_samples_leaf": (1, INFINITE),
        "l2_regularization": (0, INFINITE),
        "max_features": (1e-6, 1),
        "max_bins": (2, 255),
    },
    "xgboost": {
        "learning_rate": (1e-6, 1),
        "max_depth": (0, INFINITE),
        "max_leaves": (0, INFINITE),
        "max_bin": (2, INFINITE),
        "min_child_weight": (0, INFINITE),
        "max_delta_step": (0, INFINITE),
        "gamma": (0, INFINITE),
        "reg_alpha": (0, INFINITE),
        "reg_lambda": (0, INFINITE),
        "subsample": (1e-6, 1),
        "colsample_bytree": (1e-6, 1),
        "colsample_bylevel": (1e-6, 1),
        "colsample_bynode": (1e-6, 1),
        "num_parallel_tree": (1, INFINITE),
        "grow_policy": (-INFINITE, INFINITE),
    },
}
# Parameters that take whole numbers only, and those that take texts.
WHOLE = frozenset(
    {
        "max_leaf_nodes",
        "max_depth",
        "min_samples_leaf",
        "max_bins",
        "max_leaves",
        "max_bin",
        "num_parallel_tree",
    }
)
TEXTS = {"grow_policy": ("depthwise", "lossguide")}


class FloatRange(Config):
    """A number between `low` and `high`, both included; `log` draws small ones as often as large ones."""

    kind: Literal["float"]
    low: float
    high: float
    log: bool = False
    step: float | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        _require_range(self)
        return self

    @property
    def size(self) -> int:
        """How many values a grid tries; 0 without a step: they are endless."""
        if self.step is None:
            return 0
        return int((_exact(self.high) - _exact(self.low)) / _exact(self.step)) + 1

    def cells(self) -> list[float]:
        """What a grid tries: low, low + step, ... up to high; empty without a step."""
        low, step = _exact(self.low), _exact(self.step or 0.0)
        return [float(low + place * step) for place in range(self.size)]


class IntRange(Config):
    """A whole number between `low` and `high`, both included."""

    kind: Literal["int"]
    low: int
    high: int
    log: bool = False
    step: int | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        _require_range(self)
        return self

    @property
    def size(self) -> int:
        """How many values a grid tries."""
        return len(self._values)

    def cells(self) -> list[Parameter]:
        """What a grid tries, whatever the scale: low, low + step, ... up to high."""
        return list(self._values)

    @property
    def _values(self) -> range:
        return range(self.low, self.high + 1, self.step or 1)


class Choice(Config):
    """One of a few values."""

    kind: Literal["choice"]
    of: tuple[Parameter, ...] = Field(min_length=1)

    @field_validator("of")
    @classmethod
    def _distinct(cls, values: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
        if len({(isinstance(value, bool), value) for value in values}) < len(
            values
        ):  # True == 1, and 3 == 3.0
            raise ValueError("holds one value twice, expected each once")
        return values

    @property
    def size(self) -> int:
        """How many values a grid tries."""
        return len(self.of)

    def cells(self) -> list[Parameter]:
        """What a grid tries."""
        return list(self.of)


Range = Annotated[FloatRange | IntRange | Choice, Field(discriminator="kind")]
Space = Annotated[dict[Name, Range], Field(min_length=1)]


def _exact(number: float) -> Decimal:
    """As it was written: in binary 0.1 + 0.2 is not 0.3, and a step is lost or won at the end of a range."""
    return Decimal(repr(number))


def _require_range(given: FloatRange | IntRange) -> None:
    """Raises ValueError unless something lies between the ends, and the steps fit between them."""
    low, high, step = given.low, given.high, given.step
    if low >= high:
        raise ValueError(f"low is {low} and high {high}, expected low below high")
    if given.log and low <= 0:
        raise ValueError(f"low is {low}, expected more than 0 where log is true")
    if given.log and step is not None:
        raise ValueError(f"step is {step} and log true, expected one of the two")
    if step is not None and not 0 < _exact(step) <= _exact(high) - _exact(low):
        raise ValueError(f"step is {step}, expected more than 0 and at most high - low")


def require_parameter(family: Family, name: str, given: Range) -> None:
    """Raises ValueError for a name that the family does not know, or values that it does not take."""
    known, place = BOUNDS[family], f"{family}.{name}"
    if name not in known:
        raise ValueError(f"{place} is no parameter to search; allowed are {', '.join(known)}")
    values = given.of if isinstance(given, Choice) else (given.low, given.high)
    if name in TEXTS:
        _require_texts(place, values, TEXTS[name])
        return
    low, high = known[name]
    for value in values:
        if isinstance(value, bool | str) or not low <= value <= high:
            raise ValueError(f"{place} may be {value!r}, expected numbers {_words(low, high)}")
        if name in WHOLE and not float(value).is_integer():
            raise ValueError(f"{place} may be {value!r}, expected whole numbers")
    if name in WHOLE and isinstance(given, FloatRange):
        raise ValueError(f"{place} is of kind float, expected kind int: it takes whole numbers")


def _require_texts(place: str, values: tuple[Parameter, ...], allowed: tuple[str, ...]) -> None:
    for value in values:
        if value not in allowed:
            raise ValueError(
                f"{place} may be {value!r}, expected {{kind: choice, of: [{', '.join(allowed)}]}}"
            )


def _words(low: float, high: float) -> str:
    return f"from {low:g} on" if high == INFINITE else f"from {low:g} to {high:g}"
