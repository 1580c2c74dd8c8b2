"""All that can be asked before hours are spent; search and training begin with the same questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from mlflow.tracking import MlflowClient

from lakeloop.config import LabelledUseCase, Target
from lakeloop.config.use_case.task import Model
from lakeloop.lifecycle import published, registry
from lakeloop.lifecycle.checks.early import require_judgeable
from lakeloop.lifecycle.training import data
from lakeloop.lifecycle.training.distributed.place import Place
from lakeloop.lifecycle.training.distributed.plan import place_training, rows_to_read, split_on_driver
from lakeloop.lifecycle.training.models import require_allowed
from lakeloop.lifecycle.training.splits import TimeSplit, sliding_split

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Ready:
    """What a search or a training may begin with.

    Args:
        versions: Delta version by table.
        features: in the order in which models take them.
        columns: what is read of the training set beside keys, period and label.
        periods: as `data.read_periods` gives them.
        frame: the labelled rows that the driver needs, see :func:`plan.rows_to_read`.
        history: what baselines look back at, see `data.read_history`.
    """

    versions: data.Versions
    features: list[str]
    columns: list[str]
    periods: pd.DataFrame
    split: TimeSplit
    place: Place
    frame: pd.DataFrame
    history: pd.DataFrame | None


def ask(
    spark: "SparkSession",
    client: MlflowClient,
    use_case: LabelledUseCase,
    target: Target,
    contenders: Sequence[Model],
) -> Ready:
    """Whether the models can be trained on what is published, and judged afterwards.

    Args:
        contenders: all models that may be trained.

    Raises NothingPublishedError, MissingColumnError, BadColumnError, VersionGoneError, TooFewPeriodsError, what
    :func:`plan.place_training` raises, and CannotBeJudgedError, naming all else that is wrong.
    """
    versions = data.versions_of(use_case, published.newest(spark, use_case))
    features = use_case.feature_names(data.feature_columns(spark, use_case, versions))
    columns = [*features, *use_case.gate.columns]
    periods = data.read_periods(spark, use_case, versions)
    split = sliding_split(periods[use_case.period.column], use_case.period, use_case.split)
    place = place_training(spark, use_case, target, periods, features, split, contenders)
    frame = data.read_training_set(spark, use_case, versions, columns, rows_to_read(place, split))
    history = data.read_history(spark, use_case, versions)
    problems = [
        *_untrainable(contenders, use_case),
        *_unreadable_champion(client, target.model_name(use_case)),
    ]
    require_judgeable(use_case, frame, history, split_on_driver(place, split), features, problems)
    return Ready(versions, features, columns, periods, split, place, frame, history)


def _untrainable(contenders: Sequence[Model], use_case: LabelledUseCase) -> list[str]:
    """Models are trained one after the other: what the last one refuses is asked before the first."""
    found = []
    for model in contenders:
        try:
            require_allowed(model.kind, model.params, use_case.task.kind)
        except ValueError as error:
            found.append(
                f"a model of kind {model.kind} with params {model.params} cannot be trained: {error}"
            )
    return found


def _unreadable_champion(client: MlflowClient, model: str) -> list[str]:
    """The gate compares with the champion: one that cannot be loaded ends the validation."""
    version = registry.champion_version(client, model)
    if version is None:
        return []
    try:
        registry.load_version(version)
    except registry.UnreadableVersionError as error:
        return [f"champion {error}; bring its files back, or go to another version with lakeloop rollback"]
    return []
