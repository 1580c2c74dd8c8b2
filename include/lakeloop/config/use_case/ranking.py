"""A use case of kind `ranking`: which items does each entity come to next? Learnt from interactions."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from lakeloop.config.base import Config, Name
from lakeloop.config.use_case.gate import Comparison
from lakeloop.config.use_case.limits import AtLeast, AtMost
from lakeloop.config.use_case.use_case import Role, UseCase

SUGGESTIONS = 10
RankingMetric = Literal["ndcg_at_10", "recall_at_10", "coverage"]
RANKING_METRICS: tuple[RankingMetric, ...] = ("ndcg_at_10", "recall_at_10", "coverage")
Method = Literal[
    "popularity", "co_occurrence", "co_occurrence_newest", "co_occurrence_entities", "habit", "habit_decayed"
]


def _known_settings(settings: dict[str, int | float]) -> dict[str, int | float]:
    """Raises ValueError with what the package says of a setting that it does not know, or that cannot be."""
    if "horizon_days" in settings:
        raise ValueError("horizon_days follows from question.horizon; drop it")
    if settings:
        from rankstream import SettingsError, settings_of  # takes a second, and DAG files read this

        try:
            settings_of(settings)
        except SettingsError as error:
            raise ValueError(str(error)) from None
    return settings


class Ranking(Config):
    """The columns of the table of interactions, beside the entity's key and the period."""

    item: Name = Field(description="what is suggested")
    group: Name = Field(description="what an item belongs to")
    at: Name = Field(description="timestamp of the interaction")
    weight: Name = Field(description="a number above 0")
    settings: Annotated[dict[Name, int | float], AfterValidator(_known_settings)] = Field(
        default_factory=dict, description="as the package rankstream names them; its defaults without"
    )
    questions: int = Field(
        default=3000,
        ge=100,
        le=100_000,
        description="that judge a model; where there are more, so many are drawn",
    )


class InteractionTables(Config):
    """The one gold table; the dbt model ``<use case>__<table>`` makes it."""

    interactions: Name = "interactions"


class RankingSplit(Config):
    """In periods: questions of the last ones judge a model, which has learnt from all before."""

    holdout: int = Field(ge=1)
    min_train: int = Field(ge=1, description="fewest periods that a model may learn from")

    @property
    def needed(self) -> int:
        """Fewest answered periods that can be split."""
        return self.min_train + self.holdout

    def __str__(self) -> str:
        return f"{self.min_train} min_train + {self.holdout} holdout"


class RankingServing(Config):
    """The logged model answers its own example as it did in training, and how large it may be."""

    example: bool = True
    packed_mib: AtMost | None = Field(
        default="<= 64", description="batch scoring sends no more to its workers"
    )


class NewItems(Config):
    """The same questions, of items that an entity never had before: repeats hide everything else."""

    floors: dict[RankingMetric, AtLeast] = Field(default_factory=dict)
    baselines: Comparison = Comparison(not_distinguishable="pass")


class RankingGate(Config):
    """A model is refused unless all of it holds for the questions of the holdout."""

    floors: dict[RankingMetric, AtLeast] = Field(min_length=1)
    compare_by: Literal["ndcg_at_10", "recall_at_10"] = "ndcg_at_10"
    baselines: Comparison = Comparison(not_distinguishable="refuse")
    simpler_models: Comparison = Comparison(not_distinguishable="refuse")
    champion: Comparison = Comparison(not_distinguishable="pass")
    new_items: NewItems | None = None
    serving: RankingServing = RankingServing()


class RankingUseCase(UseCase):
    """`include/use_cases/<name>.yaml` with ``kind: ranking``."""

    kind: Literal["ranking"]
    tables: InteractionTables = InteractionTables()
    ranking: Ranking
    split: RankingSplit
    baselines: tuple[Method, ...] = Field(min_length=1)
    simpler_models: tuple[Method, ...] = ()
    gate: RankingGate

    def table(self, role: Role) -> str:
        """See :class:`UseCase`: interactions are what is known, what is asked for and what is learnt from."""
        return self.tables.interactions

    @property
    def compared_by(self) -> str:
        return self.gate.compare_by

    @property
    def metrics(self) -> tuple[str, ...]:
        return RANKING_METRICS

    @property
    def judged_on(self) -> str:
        asked = f"{self.ranking.questions} questions for {self.ranking.item}"
        return f"{self._holdout(self.split.holdout)}, {asked} by {self.gate.compare_by}"

    @property
    def answers(self) -> dict[str, str]:
        return {"rank": "int", self.ranking.item: "string", "score": "double"}

    @property
    def scored(self) -> str:
        return f"suggestions for {self.entity.noun[1]}"

    @property
    def answered_after(self) -> int:
        return self.question.horizon

    def notebook(self, task: str) -> str:
        """See :class:`UseCase`."""
        return f"{task}_ranking"

    @property
    def key(self) -> str:
        """The column that tells one entity from another."""
        return next(iter(self.entity.keys))

    @property
    def settings(self) -> dict[str, Any]:
        """For ``rankstream.settings_of``."""
        return {**self.ranking.settings, "horizon_days": self.question.horizon * (self.period.days or 0)}

    @property
    def columns(self) -> dict[str, str]:
        """What the table of interactions has to have, and its SQL types."""
        asked = self.ranking
        own = {asked.item: "string", asked.group: "string", asked.at: "timestamp", asked.weight: "double"}
        return {**self.entity.keys, self.period.column: self.period.sql_type, **own}

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if len(self.entity.keys) != 1:
            raise ValueError(
                f"entity.keys are {', '.join(self.entity.keys)}; a ranking needs one column: join them in the dbt model"
            )
        return self

    @model_validator(mode="after")
    def _horizon_is_days(self) -> Self:
        if self.period.days is None:
            raise ValueError(
                f"period.unit is {self.period.unit}; a ranking asks about whole days: choose another unit"
            )
        return self

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Self:
        named = [self.key, self.period.column, *vars(self.ranking).values()]
        texts = [name for name in named if isinstance(name, str)] + ["rank", "score"]
        repeated = sorted({name for name in texts if texts.count(name) > 1})
        if repeated:
            raise ValueError(
                f"{', '.join(repeated)} is named twice among key, period, ranking's columns, rank and score"
            )
        return self

    @model_validator(mode="after")
    def _methods_are_told_apart(self) -> Self:
        both = sorted({*self.baselines} & {*self.simpler_models})
        repeated = [name for name in self.baselines + self.simpler_models if name in both]
        if repeated or len({*self.baselines}) < len(self.baselines):
            raise ValueError(
                f"{', '.join(dict.fromkeys(repeated)) or 'a method'} is named twice among baselines and simpler_models"
            )
        return self


def namespace(use_case: RankingUseCase) -> str:
    """Of the online store, such as ``recommend_5f1c09a2``: states of other settings cannot be read."""
    from rankstream import settings_of

    return f"{use_case.name}_{settings_of(use_case.settings).fingerprint().hex()[:8]}"
