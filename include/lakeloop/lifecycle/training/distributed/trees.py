"""Gradient-boosted trees that all workers grow together, by XGBoost's own estimators for Spark.

Each worker keeps its rows; what travels are the histograms of candidate splits. The result is a Booster like any other.
https://xgboost.readthedocs.io/en/stable/tutorials/spark_estimator.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lakeloop.lifecycle.training.distributed.rows import IS_EARLY, LABEL, SharedRows
from lakeloop.lifecycle.training.trained import Trained
from lakeloop.lifecycle.training.trees import complete, importance_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# Spark gives each task its cores (spark.task.cpus), so that XGBoost takes no number of threads.
OF_SPARK = ("nthread",)


def train_trees(params: Mapping[str, Any], task: str, rows: SharedRows) -> Trained:
    """As `training.trees.train_trees`: the number of trees from the early-stopping rows, then all rows.

    Raises the errors of :func:`training.trees.complete`.
    """
    params = complete(params, task)
    stopping = {
        "validation_indicator_col": IS_EARLY,
        "early_stopping_rounds": params["early_stopping_rounds"],
    }
    stopped = _fit(params, int(params["n_estimators"]), rows.fit_and_early, rows, stopping)
    booster, features = stopped.get_booster(), list(rows.features)
    booster.feature_names = features
    trees = booster.best_iteration + 1
    final = _fit(params, trees, rows.frame, rows, {}).get_booster()
    final.feature_names = features
    curve = stopped.training_summary.validation_objective_history[str(params["eval_metric"])]
    importance = importance_of(final, features)
    return Trained(
        "xgboost", final, booster[:trees], params | {"trees": trees}, tuple(map(float, curve)), importance
    )


def _fit(
    params: Mapping[str, Any], trees: int, frame: "DataFrame", rows: SharedRows, stopping: Mapping[str, Any]
) -> Any:
    from xgboost.spark import SparkXGBClassifier, SparkXGBRegressor

    own = {key: value for key, value in params.items() if key not in (*OF_SPARK, "early_stopping_rounds")}
    # the classifier says binary:logistic itself and takes no objective
    is_classifier = params["objective"] == "binary:logistic"
    kind: Any = SparkXGBClassifier if is_classifier else SparkXGBRegressor
    if is_classifier:
        del own["objective"]
    estimator = kind(
        features_col=list(rows.features),
        label_col=LABEL,
        num_workers=rows.workers,
        # a stage that Spark starts anew needs a new tracker: the one of the driver waits for workers that are gone
        launch_tracker_on_driver=False,
        verbose=False,
        **{**own, "n_estimators": trees},
        **stopping,
    )
    return estimator.fit(frame)
