"""The models of a use case, trained by the workers: the same kinds, and the same answers within a tolerance."""

from typing import TYPE_CHECKING

from lakeloop.config import UseCase
from lakeloop.config.use_case.task import Model, Task, XGBoost, model_names
from lakeloop.lifecycle.training.data import Versions
from lakeloop.lifecycle.training.distributed.cluster import JOIN_SECONDS, watched
from lakeloop.lifecycle.training.distributed.rows import SharedRows, shared_rows
from lakeloop.lifecycle.training.models import Trained
from lakeloop.lifecycle.training.splits import TimeSplit

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def train_all(
    spark: "SparkSession",
    use_case: UseCase,
    versions: Versions,
    features: list[str],
    split: TimeSplit,
    workers: int,
) -> dict[str, Trained]:
    """Each model of the use case by its name, trained on the published rows, which the driver never sees."""
    names = model_names(use_case.models, use_case.task)
    with shared_rows(spark, use_case, versions, features, split, workers) as rows:
        return {
            name: train(spark, model, use_case.task, rows)
            for name, model in zip(names, use_case.models, strict=True)
        }


def train(
    spark: "SparkSession", model: Model, task: Task, rows: SharedRows, seconds: float = JOIN_SECONDS
) -> Trained:
    """As `training.models.train`, by the workers that hold the rows.

    Args:
        seconds: how long a lost worker may take to come back.

    Raises WorkersLostError, TrainingFailedError, and the errors of :func:`trees.train_trees`.
    """
    with watched(spark, rows.workers, seconds):
        if isinstance(model, XGBoost):
            from lakeloop.lifecycle.training.distributed.trees import train_trees

            return train_trees(model.params, task.kind, rows)
        from lakeloop.lifecycle.training.distributed.linear import train_linear

        return train_linear(task.kind, rows)
