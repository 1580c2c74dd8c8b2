"""What every kind of use case has in common: entities, a question about them, tables, and when models are made."""

from abc import ABC, abstractmethod
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from lakeloop.config.base import Config, Minutes, Name, Text
from lakeloop.config.cron import Cron
from lakeloop.config.sql_type import KeyType
from lakeloop.config.use_case.period import Period

Layer = Literal["staging", "gold", "ml"]
Role = Literal["features", "labels", "training_set"]
# A folder of each use case's name lies beside these.
TAKEN = {
    "sources": "dbt_project/models/sources tells dbt of the sources",
    "releases": "the workspace's folder `releases` holds what is deployed",
}


def _not_taken(name: str) -> str:
    if name in TAKEN:
        raise ValueError(f"cannot be the name of a use case, because {TAKEN[name]}; choose another name")
    return name


UseCaseName = Annotated[Name, AfterValidator(_not_taken)]


class Entity(Config):
    """What a prediction is about: one or more key columns, and its name in the singular and in the plural."""

    keys: dict[Name, KeyType] = Field(min_length=1)
    noun: Annotated[tuple[Text, ...], Field(min_length=2, max_length=2, description="[singular, plural]")]


class Question(Config):
    """Asked of entities with activity in the last `active` periods, about the next `horizon` periods."""

    active: int = Field(ge=1)
    horizon: int = Field(ge=1)


class Retrain(Config):
    """A new model is trained when this many newly labelled periods have come since the last attempt."""

    every: int = Field(ge=1)


class Score(Config):
    """When the champion scores, and what it refuses to score."""

    cron: Cron = Field(description="UTC")
    stale_after: int = Field(
        default=8 * 24, ge=1, description="hours after which published features are too old"
    )
    min_rows: int = Field(default=1, ge=1, description="fewer rows than this are refused")


class Timeouts(Config):
    """Minutes that one task of a stage may take."""

    transform: Minutes = 30
    train: Minutes = 60
    deploy: Minutes = 15
    score: Minutes = 30


class UseCase(Config, ABC):
    """`include/use_cases/<name>.yaml`; `name` is what the file is called, its ``kind`` says which class it is."""

    name: UseCaseName
    description: Text
    owner: Text
    tags: tuple[Text, ...] = ()
    source: Name
    entity: Entity
    period: Period
    question: Question
    retrain: Retrain
    score: Score
    retries: int = Field(default=2, ge=0, le=10)
    timeouts: Timeouts = Timeouts()

    def schema(self, layer: Layer) -> str:  # type: ignore[override]  # pydantic's own `schema` is deprecated
        """``<use case>_gold`` for the layer ``gold``."""
        return f"{self.name}_{layer}"

    def gold(self, role: Role) -> str:
        """``<use case>_gold.training_set``: no catalog, so that one SQL text serves every target."""
        return f"{self.schema('gold')}.{self.table(role)}"

    def ml(self, table: str) -> str:
        """``<use case>_ml.scores``: a table that the lifecycle writes."""
        return f"{self.schema('ml')}.{table}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that make a row unique: the entity's keys, then the period."""
        return (*self.entity.keys, self.period.column)

    @property
    def models_of_tables(self) -> dict[Role, str]:
        """By role the dbt model that makes the table: ``<use case>__<table>``."""
        return {role: f"{self.name}__{self.table(role)}" for role in get_args(Role)}

    @abstractmethod
    def table(self, role: Role) -> str:
        """Name of the gold table that has a role; one table may have several."""

    @property
    @abstractmethod
    def compared_by(self) -> str:
        """The metric by which a candidate meets others."""

    @property
    @abstractmethod
    def metrics(self) -> tuple[str, ...]:
        """Names of the figures that a version of its model may carry."""

    @property
    @abstractmethod
    def judged_on(self) -> str:
        """What a model is judged on, as text: two verdicts that differ in it cannot be compared."""

    @property
    @abstractmethod
    def answers(self) -> dict[str, str]:
        """Name and SQL type of what the table of scores says beside keys, period, version and time."""

    @property
    def scored(self) -> str:
        """What rows of the table of scores are, in the plural."""
        return self.entity.noun[1]

    @property
    def answered_after(self) -> int:
        """Periods from the newest one that the table ``labels`` holds back to the newest whose question is answered."""
        return 0

    @property
    def searches(self) -> bool:
        """Whether a search comes before training."""
        return False

    def notebook(self, task: str) -> str:
        """The notebook in jobs/notebooks that does a task of the DAG `train`."""
        return task

    def _holdout(self, periods: int) -> str:
        period, question = self.period, self.question
        return (
            f"last {periods} periods ({period.unit}, from {period.first}, {period.timezone}), "
            f"active {question.active}, horizon {question.horizon}"
        )
