"""What the kinds `batch` and `stream` have in common: rows with a label, and models that predict it."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from lakeloop.config.base import Config, Name, Names
from lakeloop.config.use_case.gate import BINARY, REGRESSION, Gate
from lakeloop.config.use_case.search import Search
from lakeloop.config.use_case.task import (
    CONTENDERS,
    Baseline,
    Model,
    Rule,
    SeasonalNaive,
    Task,
    model_names,
)
from lakeloop.config.use_case.training import Training
from lakeloop.config.use_case.use_case import Role, Score, UseCase


class Tables(Config):
    """Names of the gold tables; each is made by the dbt model ``<use case>__<table>``."""

    features: Name = "features"
    labels: Name = "labels"
    training_set: Name = "training_set"

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [self.features, self.labels, self.training_set]
        if len(set(names)) < len(names):
            raise ValueError(
                f"features, labels and training_set are {', '.join(names)}; expected three names"
            )
        return self


class Split(Config):
    """In periods: the last labelled ones judge a model; the gaps keep their answers out of what comes before."""

    holdout: int = Field(ge=1)
    gap: int = Field(ge=0)
    early_stopping: int = Field(ge=1)
    min_train: int = Field(ge=1, description="fewest periods that a model may be fitted on")

    @property
    def needed(self) -> int:
        """Fewest labelled periods that can be split."""
        return self.min_train + self.gap + self.early_stopping + self.gap + self.holdout

    def __str__(self) -> str:
        return (
            f"{self.min_train} min_train + {self.gap} gap + {self.early_stopping} early_stopping + {self.gap} gap + "
            f"{self.holdout} holdout"
        )


class Features(Config):
    """Every column of the features table is one, but keys, period and the columns that are no feature."""

    source: Literal["contract"] = Field(default="contract", alias="from")
    without: Names = Field(default=(), alias="except")


class ExplainedScore(Score):
    """Beside each score stands what moved it."""

    reasons: int = Field(
        default=3, ge=0, le=20, description="how many features at most say why, beside each score; 0: none"
    )


class LabelledUseCase(UseCase):
    """Each row of the training set is an entity as of the end of a period, with features and a label."""

    task: Task
    tables: Tables = Tables()
    split: Split
    features: Features = Features()
    baselines: tuple[Baseline, ...] = Field(min_length=1)
    models: tuple[Model, ...] = Field(
        min_length=1, description="the first is the candidate, the others are simpler"
    )
    training: Training = Training()
    search: Search | None = None
    gate: Gate
    score: ExplainedScore

    def table(self, role: Role) -> str:
        """See :class:`UseCase`: each role has a table of its own."""
        return str(getattr(self.tables, role))

    @property
    def compared_by(self) -> str:
        return self.gate.compare_by

    @property
    def metrics(self) -> tuple[str, ...]:
        return (*BINARY, *REGRESSION)

    @property
    def judged_on(self) -> str:
        return f"{self._holdout(self.split.holdout)}, {self.task.label} by {self.gate.compare_by}"

    @property
    def answers(self) -> dict[str, str]:
        return {self.task.prediction: "double"}

    @property
    def searches(self) -> bool:
        return self.search is not None

    def feature_names(self, columns: Iterator[str] | list[str] | tuple[str, ...]) -> list[str]:
        """Which `columns` of the features table are features, in their order.

        Keys, the period, what starts with an underscore and what `features.except` lists are none.
        """
        others = {*self.keys, self.task.label, *self.features.without}
        return [column for column in columns if column not in others and not column.startswith("_")]

    @model_validator(mode="after")
    def _gap_covers_horizon(self) -> Self:
        if self.split.gap < self.question.horizon:
            raise ValueError(
                f"split.gap is {self.split.gap}, expected at least question.horizon ({self.question.horizon}): "
                "labels of the training periods would look into the holdout"
            )
        return self

    @model_validator(mode="after")
    def _gate_fits_the_task(self) -> Self:
        self.gate.require_fitting(self.task.kind)
        return self

    @model_validator(mode="after")
    def _search_fits(self) -> Self:
        if self.search is not None:
            self.search.require_fitting(self)
        return self

    @model_validator(mode="after")
    def _contenders_are_told_apart(self) -> Self:
        """Predictions are kept by name: a baseline called ``champion`` would be judged in its place."""
        taken = [*CONTENDERS, *model_names(self.models, self.task)]
        for place, baseline in enumerate(self.baselines):
            if baseline.name in taken:
                raise ValueError(
                    f"baselines.{place}.name: {baseline.name!r} is taken; models and baselines so far are called "
                    f"{', '.join(taken)}"
                )
            taken.append(baseline.name)
        return self

    @model_validator(mode="after")
    def _baselines_are_known_in_time(self) -> Self:
        for baseline in self.baselines:
            if isinstance(baseline, SeasonalNaive) and baseline.lag < self.question.horizon:
                raise ValueError(
                    f"baselines: lag of {baseline.name!r} is {baseline.lag}, expected at least question.horizon "
                    f"({self.question.horizon}): a younger label is not known yet"
                )
        return self

    @model_validator(mode="after")
    def _rules_go_by_features(self) -> Self:
        others = {
            **dict.fromkeys(self.entity.keys, "a key of the entity"),
            self.period.column: "the period",
            self.task.label: "the label, which a rule cannot know",
        }
        for place, baseline in enumerate(self.baselines):
            if isinstance(baseline, Rule) and baseline.feature in others:
                raise ValueError(
                    f"baselines.{place}.feature: {baseline.feature!r} is {others[baseline.feature]}; expected a column "
                    "with numbers of the features table"
                )
        return self

    @model_validator(mode="after")
    def _rules_of_a_regression_predict(self) -> Self:
        for baseline in self.baselines:
            if (
                self.task.kind == "regression"
                and isinstance(baseline, Rule)
                and baseline.higher_is == "unlikelier"
            ):
                raise ValueError(
                    f"baselines: higher_is of {baseline.name!r} is 'unlikelier', expected 'likelier': in a regression "
                    f"the feature {baseline.feature} is the prediction itself"
                )
        return self

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Self:
        columns = [*self.keys, self.task.label, self.task.prediction]
        repeated = sorted({name for name in columns if columns.count(name) > 1})
        if repeated:
            raise ValueError(f"{', '.join(repeated)} is named twice among keys, period, label and prediction")
        return self
