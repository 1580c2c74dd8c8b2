"""One use case: what arrives, what is asked of it, how a model is judged and when it runs."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from lakeloop.config.base import Config, Name, Share, Text
from lakeloop.config.cron import Cron

Layer = Literal["bronze", "silver", "staging", "gold", "ml"]
SqlType = Literal["bigint", "int", "double", "string", "boolean", "date", "timestamp"]
Minutes = Annotated[int, Field(ge=1, le=240)]


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is there more than once")
    return names


Names = Annotated[tuple[Name, ...], AfterValidator(_distinct)]


class Source(Config):
    """Files of one kind that land in S3, and the silver table made of them."""

    format: Literal["json", "csv"]
    columns: dict[Name, SqlType] = Field(min_length=1, description="of the silver table, in order")
    keys: Names = Field(
        min_length=1, description="what makes a row unique; a row without one of them is no row"
    )
    event_time: Name | None = Field(default=None, description="timestamp column that `week` is computed from")

    @property
    def ddl(self) -> str:
        """The columns as Spark writes a schema: ``household_id bigint, store_id bigint``."""
        return ", ".join(f"{name} {sql_type}" for name, sql_type in self.columns.items())

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        for name in (*self.keys, *([self.event_time] if self.event_time else [])):
            if name not in self.columns:
                raise ValueError(f"{name} is no column of this source; columns are {', '.join(self.columns)}")
        if self.event_time and self.columns[self.event_time] != "timestamp":
            raise ValueError(
                f"event_time {self.event_time} is {self.columns[self.event_time]}, expected timestamp"
            )
        return self


class Question(Config):
    """Will an entity that was active in the last `active_weeks` do nothing in the next `horizon_weeks`?"""

    first_day: date = Field(description="first day of week 0; weeks are seven days each")
    active_weeks: int = Field(ge=1, le=52)
    horizon_weeks: int = Field(ge=1, le=52)


class Split(Config):
    """The last labelled weeks judge a model; the gap keeps their answers out of training."""

    holdout_weeks: int = Field(ge=1)
    gap_weeks: int = Field(ge=0)
    early_stopping_weeks: int = Field(default=4, ge=1)
    min_train_weeks: int = Field(default=8, ge=1)


class Baseline(Config):
    """The rule that a model has to beat: the larger this feature, the likelier the label."""

    feature: Name


class Model(Config):
    """The registered model and what its trees may be told."""

    name: Name
    params: dict[Name, int | float | str | bool] = Field(
        default_factory=dict, description="XGBoost's own names"
    )


class Gate(Config):
    """Below any of these on the holdout, a model is refused."""

    min_auc: Share
    min_average_precision: Share
    min_lift_over_baseline_auc: Share
    max_regression_auc: Share = Field(default=0.0, description="how far below the champion is still as good")


class Retrain(Config):
    """A new model is trained when this many newly labelled weeks have come since the champion's."""

    every_weeks: int = Field(ge=1)


class Schedule(Config):
    """Cron, UTC; no `ingest` means triggered from outside."""

    ingest: Cron | None = None
    score: Cron


class Timeouts(Config):
    """Minutes that one task of a stage may take."""

    ingest: Minutes = 30
    transform: Minutes = 30
    train: Minutes = 60
    deploy: Minutes = 15
    score: Minutes = 30


class UseCase(Config):
    """`include/use_cases/<name>.yaml`."""

    name: Name
    description: Text
    owner: Text
    tags: tuple[Text, ...] = ()
    landing: Annotated[
        str, Field(pattern=r"^[a-z0-9][a-z0-9_/-]*[a-z0-9]$", description="key prefix in the bucket")
    ]
    sources: dict[Name, Source] = Field(min_length=1)
    question: Question
    split: Split
    entity: Name
    label: Name
    probability: Name
    features: Names = Field(min_length=1)
    baseline: Baseline
    slices: Names = ()
    model: Model
    gate: Gate
    retrain: Retrain
    schedule: Schedule
    retries: int = Field(default=2, ge=0, le=10)
    timeouts: Timeouts = Timeouts()

    def schema(self, layer: Layer) -> str:  # type: ignore[override]  # pydantic's own `schema` is deprecated
        """``churn_gold`` for the layer ``gold``."""
        return f"{self.name}_{layer}"

    def table(self, layer: Layer, table: str) -> str:
        """``churn_gold.training_set``: no catalog, so that one SQL text serves every target."""
        return f"{self.schema(layer)}.{table}"

    def week_of(self, day: date) -> int:
        """The 0-based week that `day` lies in; negative before `question.first_day`."""
        return (day - self.question.first_day).days // 7

    @model_validator(mode="after")
    def _gap_covers_horizon(self) -> Self:
        if self.split.gap_weeks < self.question.horizon_weeks:
            raise ValueError(
                f"split.gap_weeks is {self.split.gap_weeks}, expected at least question.horizon_weeks "
                f"({self.question.horizon_weeks}): labels of the training weeks would look into the holdout"
            )
        return self

    @model_validator(mode="after")
    def _no_label_among_features(self) -> Self:
        forbidden = {self.entity, self.label, self.probability, "week"} & set(self.features)
        if forbidden:
            raise ValueError(
                f"features holds {', '.join(sorted(forbidden))}: a key or the answer is no feature"
            )
        return self
