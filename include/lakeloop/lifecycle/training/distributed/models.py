"""The models of a use case, trained by the workers: the same kinds, and the same answers within a tolerance."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lakeloop.config import LabelledUseCase
from lakeloop.config.use_case.task import Model, Task
from lakeloop.lifecycle.training.data import Versions
from lakeloop.lifecycle.training.distributed.cluster import JOIN_SECONDS, with_attempts
from lakeloop.lifecycle.training.distributed.rows import SharedRows, shared_rows
from lakeloop.lifecycle.training.splits import TimeSplit
from lakeloop.lifecycle.training.trained import Trained

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DISTRIBUTABLE = ("xgboost", "linear")


class NotDistributedError(ValueError):
    """A model, or a parameter of one, that works on one machine only."""


def require_kinds(kinds: Iterable[str]) -> None:
    """Raises NotDistributedError for a kind of model that no cluster trains."""
    for kind in kinds:
        if kind not in DISTRIBUTABLE:
            raise NotDistributedError(
                f"a model of kind {kind} is trained by one machine only, and this training needs several; expected "
                f"{' or '.join(DISTRIBUTABLE)} under models and search.space of the use case's YAML, or "
                "training.distributed: never"
            )


def require_distributable(models: Iterable[Model]) -> None:
    """Raises NotDistributedError, before a row is read."""
    for model in models:
        require_kinds([model.kind])
        if model.params.get("tree_method") == "exact":
            raise NotDistributedError(
                "params.tree_method is 'exact', which needs all rows on one machine; expected 'hist' or 'approx', or "
                "training.distributed: never"
            )


def train_all(
    spark: "SparkSession",
    use_case: LabelledUseCase,
    versions: Versions,
    features: list[str],
    split: TimeSplit,
    recipes: Mapping[str, Model],
    workers: int,
) -> dict[str, Trained]:
    """Each of `recipes` by its name, trained on the published rows, which the driver never sees.

    Raises what :func:`rows.shared_rows` and :func:`train` raise.
    """
    with shared_rows(spark, use_case, versions, features, split, workers) as rows:
        return {name: train(spark, model, use_case.task, rows) for name, model in recipes.items()}


def train(
    spark: "SparkSession", model: Model, task: Task, rows: SharedRows, seconds: float = JOIN_SECONDS
) -> Trained:
    """As `training.models.train`, by the workers that hold the rows.

    Args:
        seconds: how long a lost worker may take to come back.

    Raises NotDistributedError, WorkersLostError, TrainingFailedError, and the errors of :func:`trees.train_trees`.
    """
    require_distributable([model])
    train_kind = _trainer(model.kind)
    return with_attempts(spark, rows.workers, lambda: train_kind(model.params, task.kind, rows), seconds)


def _trainer(kind: str) -> Callable[[Mapping[str, Any], str, SharedRows], Trained]:
    if kind == "xgboost":
        from lakeloop.lifecycle.training.distributed.trees import train_trees

        return train_trees
    from lakeloop.lifecycle.training.distributed.linear import train_linear

    return train_linear
