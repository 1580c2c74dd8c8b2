"""Limits on how differently the decisions of a binary model may treat groups of people."""

from typing import Self

from pydantic import Field, model_validator

from lakeloop.config.base import Config, Names
from lakeloop.config.use_case.limits import AtLeast, AtMost

LIMITS = ("demographic_parity_difference", "demographic_parity_ratio", "equalized_odds_difference")


class Threshold(Config):
    """Which predictions become a decision: those of at least `probability`, or the highest `top` share of the rows."""

    probability: float | None = Field(default=None, gt=0, lt=1)
    top: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.probability is None) == (self.top is None):
            raise ValueError(
                f"probability is {self.probability} and top is {self.top}; expected one of both, e.g. {{top: 0.1}}"
            )
        return self


class Fairness(Config):
    """Per sensitive column; the names of the limits are Fairlearn's.

    Judged by interval: refused is what lies wholly beyond a limit. Rows without a value belong to no group, and groups
    of fewer than `min_rows` rows are named and not judged.
    """

    columns: Names = ()
    threshold: Threshold = Threshold(probability=0.5)
    demographic_parity_difference: AtMost | None = None
    demographic_parity_ratio: AtLeast | None = None
    equalized_odds_difference: AtMost | None = None
    min_rows: int = Field(default=200, ge=1)
    mitigation: bool = Field(default=True, description="work out what would help when a limit is broken")

    @property
    def limits(self) -> dict[str, str]:
        """The limits that are set, by Fairlearn's name."""
        return {name: limit for name in LIMITS if (limit := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _columns_and_limits_belong_together(self) -> Self:
        if bool(self.columns) != bool(self.limits):
            raise ValueError(
                f"columns is {list(self.columns)} and the limits are {self.limits}; expected both or neither. Limits "
                f"are {', '.join(LIMITS)}"
            )
        return self
