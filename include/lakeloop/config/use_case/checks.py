"""What else the gate asks of a candidate: calibration, leakage, stability, health, serving, budgets.

A limit that is null is off. What is on by default costs little, and noise alone does not break it.
"""

from typing import Self

from pydantic import Field, model_validator

from lakeloop.config.base import Config, Names, Share
from lakeloop.config.use_case.limits import AtLeast, AtMost, Range


class Calibration(Config):
    """Whether predictions mean what they say; judged by interval: only what lies wholly beyond a limit is refused."""

    slope: Range | None = Field(
        default=(0.5, 2.0), description="1 is ideal; below 1 predictions are too extreme"
    )
    intercept: Range | None = Field(
        default=None, description="0 is ideal; of a regression in units of the label"
    )
    bins: int = Field(default=10, ge=2, le=100, description="of equal size, by prediction")
    worst_bin: AtMost | None = Field(
        default=None,
        description="mean label against mean prediction; of a regression as a share of the mean label",
    )


class Leakage(Config):
    """What a model could only know from the future, or by having seen the holdout."""

    overlap: bool = Field(
        default=True, description="no row of the holdout is a training row or could tell its label"
    )
    known_at: Names = Field(
        default=(),
        description="date or timestamp columns of the training set: none is later than its row's period",
    )
    single_feature: AtMost | None = Field(
        default="<= 0.995",
        description="how well one feature alone ranks: |2 AUC - 1|, of a regression |Spearman|",
    )
    time_travel: AtMost | None = Field(
        default="<= 0.1",
        description="how much closer a feature may follow the answer ahead than the one behind",
    )
    known_ahead: Names = Field(
        default=(),
        description="features that rightly know what comes, e.g. a planned price; time_travel skips them",
    )
    collapse: AtMost | None = Field(
        default=None, description="share of the model's lead that may hang on one feature"
    )
    shuffles: int = Field(default=5, ge=0, le=50, description="trainings on shuffled labels; 0 is off")

    @model_validator(mode="after")
    def _shuffles_make_an_interval(self) -> Self:
        if self.shuffles in (1, 2):
            raise ValueError(
                f"shuffles is {self.shuffles}, expected 0 (off) or at least 3: fewer give no interval"
            )
        return self


class Disturbance(Config):
    """A disturbance of the features, and how much of it the predictions have to bear.

    `loss` is a share of the undisturbed figure of `gate.compare_by`; of ece and bias, which are near 0, the change
    itself.
    """

    share: Share
    loss: AtMost | None = None
    rank_correlation: AtLeast | None = None


class Stability(Config):
    """Noise of a share of each feature's spread; a share of the cells without a value."""

    noise: Disturbance | None = Disturbance(share=0.01, loss="<= 0.1", rank_correlation=">= 0.9")
    missing: Disturbance | None = None


class Health(Config):
    """Predictions are finite numbers, probabilities lie within 0 and 1, and not all are the same: always.

    `range`: bounds of a regression's predictions; a probability has its own.
    """

    most_common: AtMost | None = Field(
        default="<= 0.99", description="share of rows with the most common prediction"
    )
    range: Range | None = None


class Serving(Config):
    """The logged model has a signature, and answers its own example as it did in training."""

    signature: bool = True
    example: bool = True


class Budgets(Config):
    """What serving may cost: milliseconds of which 95 % of the calls stay below, and the packed size in MiB."""

    one_row_ms: AtMost | None = None
    thousand_rows_ms: AtMost | None = None
    packed_mib: AtMost | None = Field(
        default="<= 64", description="batch scoring sends no more to its workers"
    )
