# Databricks notebook source
# MAGIC %md
# MAGIC # Train
# MAGIC Will a household that was active lately stop buying? This notebook answers with three models of rising effort
# MAGIC and keeps score of each in MLflow:
# MAGIC
# MAGIC | model | what it knows |
# MAGIC |---|---|
# MAGIC | **recency rule** | the longer ago the last purchase, the likelier the churn |
# MAGIC | **logistic regression** | all features, each with one weight |
# MAGIC | **XGBoost** | all features, with thresholds and combinations: the *candidate* |
# MAGIC
# MAGIC Time splits the data. The newest labelled weeks are the **holdout**: nothing here looks at them, the validate
# MAGIC notebook judges on them. The weeks just before are a **gap**, because their labels reach into the holdout.

# COMMAND ----------

import json

import matplotlib.pyplot as plt  # noqa: F401  (lets display() draw figures)
import mlflow
import pandas as pd

from lakeloop.config import load_target, load_use_case
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle import models, plots, registry, tracking
from lakeloop.lifecycle.evaluation import evaluate, recency_scores
from lakeloop.lifecycle.session import code_revision, read_version, spark_session, table_versions, use_mlflow
from lakeloop.lifecycle.splits import sliding_split

dbutils.widgets.text("use_case", "churn")
dbutils.widgets.text("target", "")
dbutils.widgets.text("job_run_id", "")
dbutils.widgets.text("training_reason", "")

use_case = load_use_case(dbutils.widgets.get("use_case"))
target = load_target(dbutils.widgets.get("target"))
spark = spark_session(target.catalog)
use_mlflow(target.mlflow)
experiment = mlflow.set_experiment(target.experiment(use_case))
print(f"{use_case.description}\nMLflow experiment {experiment.name} at {mlflow.get_tracking_uri()}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Data
# MAGIC The training set is read at one fixed Delta version, and that version is written on the run: the same rows can be
# MAGIC read again a year from now.

# COMMAND ----------

table = use_case.table("gold", "training_set")
data_versions = table_versions(
    spark, [table, use_case.table("gold", "household_week_features"), use_case.table("gold", "household_week_labels")]
)
source = read_version(spark, table, data_versions[table])
keys = [use_case.entity, "week"]
needed = list(dict.fromkeys([*keys, *use_case.features, use_case.baseline.feature, use_case.label]))
contract.require_columns(table, source.columns, needed)
frame = source.select(*needed).toPandas()
contract.require_filled(table, frame, [*keys, use_case.label])

split = sliding_split(
    frame["week"].unique(),
    use_case.split.holdout_weeks,
    use_case.split.gap_weeks,
    use_case.split.early_stopping_weeks,
)
print(f"{len(frame):,} rows of {frame[use_case.entity].nunique():,} households, version {data_versions[table]} of {table}")
display(
    pd.DataFrame(
        [
            {"part": name, "weeks": str(weeks), "rows": len(part), "churned": f"{part[use_case.label].mean():.1%}"}
            for name, weeks in [("fit", split.fit), ("early stopping", split.early_stopping), ("holdout", split.holdout)]
            for part in [weeks.rows(frame)]
        ]
    )
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Models
# MAGIC XGBoost adds trees until the early-stopping weeks no longer gain; then it grows that many on all training weeks.
# MAGIC Everyone is judged here on the early-stopping weeks by a model that has not seen them.

# COMMAND ----------

fit, early = split.fit.rows(frame), split.early_stopping.rows(frame)
x_fit, y_fit = contract.model_input(fit, use_case.features), contract.labels(fit, use_case.label)
x_early, y_early = contract.model_input(early, use_case.features), contract.labels(early, use_case.label)

candidate = models.train_xgboost((x_fit, y_fit), (x_early, y_early), use_case.model.params)
scores = {
    "XGBoost": models.predict(candidate.stopped, x_early),
    "logistic regression": models.train_logistic(x_fit, y_fit).predict_proba(x_early)[:, 1],
    "recency rule": recency_scores(early, use_case.baseline.feature),
}

train = split.train.rows(frame)
x_train, y_train = contract.model_input(train, use_case.features), contract.labels(train, use_case.label)
logistic = models.train_logistic(x_train, y_train)

results = {name: evaluate(y_early, values) for name, values in scores.items()}
display(pd.DataFrame({name: result.metrics("early_stopping") for name, result in results.items()}).T.round(4))

# COMMAND ----------

probability = {name: scores[name] for name in ("XGBoost", "logistic regression")}
weeks_named = f"early-stopping weeks {split.early_stopping}"
shares = models.importance(candidate.booster, use_case.features)
figures = {
    "roc": plots.roc(y_early, scores, f"ROC, {weeks_named}"),
    "precision_recall": plots.precision_recall(y_early, scores, f"Precision-recall, {weeks_named}"),
    "calibration": plots.calibration(y_early, probability, f"Calibration, {weeks_named}"),
    "feature_importance": plots.feature_importance(shares),
    "early_stopping": plots.learning_curve(candidate.curve, candidate.trees, str(candidate.params["eval_metric"])),
}
for figure in figures.values():
    display(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## MLflow
# MAGIC One parent run for this training, one nested run per model. The logged XGBoost model is a Booster: as a pyfunc it
# MAGIC answers with the probability itself, so scoring needs no code of ours.

# COMMAND ----------

lineage = {
    "use_case": use_case.name,
    "data_versions": json.dumps(data_versions, sort_keys=True),
    "code_revision": code_revision(),
    "train_weeks": str(split.train),
    "holdout_weeks": str(split.holdout),
    "labelled_through_week": str(split.holdout.last),
    "training_reason": dbutils.widgets.get("training_reason"),
    "job_run_id": dbutils.widgets.get("job_run_id"),
}
example = x_train.head(5)

with mlflow.start_run(run_name=f"train {split.train}", tags=lineage) as parent:
    mlflow.log_params({"split": str(split.train), "holdout": str(split.holdout), "rows": len(train)})
    mlflow.log_metrics(results["XGBoost"].metrics("early_stopping"))
    mlflow.log_input(tracking.dataset(train[needed], table, data_versions[table], use_case.label), context="training")

    with mlflow.start_run(run_name="xgboost", nested=True, tags=lineage) as candidate_run:
        mlflow.log_params(candidate.params | {"trees": candidate.trees})
        mlflow.log_metrics(results["XGBoost"].metrics("early_stopping"))
        mlflow.log_dict(shares.round(6).to_dict(), "feature_importance.json")
        for name, figure in figures.items():
            mlflow.log_figure(figure, f"plots/{name}.png")
        mlflow.xgboost.log_model(
            candidate.booster,
            name=registry.MODEL,
            signature=tracking.signature(example, models.predict(candidate.booster, example)),
            input_example=example,
            pip_requirements=tracking.requirements("xgboost"),
            model_format="json",
        )

    with mlflow.start_run(run_name="logistic regression", nested=True, tags=lineage) as logistic_run:
        mlflow.log_metrics(results["logistic regression"].metrics("early_stopping"))
        mlflow.sklearn.log_model(
            logistic,
            name=registry.MODEL,
            signature=tracking.signature(example, logistic.predict_proba(example)),
            input_example=example,
            pip_requirements=tracking.requirements("sklearn"),
            pyfunc_predict_fn="predict_proba",
            skops_trusted_types=["numpy.dtype"],  # of the imputer's statistics; MLflow trusts nothing by itself
        )

    with mlflow.start_run(run_name="recency rule", nested=True, tags=lineage):
        mlflow.log_param("feature", use_case.baseline.feature)
        mlflow.log_metrics(results["recency rule"].metrics("early_stopping"))

# COMMAND ----------

# What the validate and register tasks read.
for key, value in {
    "run_id": parent.info.run_id,
    "candidate_run_id": candidate_run.info.run_id,
    "logistic_run_id": logistic_run.info.run_id,
    "holdout_first_week": split.holdout.first,
    "holdout_last_week": split.holdout.last,
}.items():
    dbutils.jobs.taskValues.set(key=key, value=value)
print(f"candidate run {candidate_run.info.run_id}: {candidate.trees} trees on weeks {split.train}, {len(train):,} rows")
