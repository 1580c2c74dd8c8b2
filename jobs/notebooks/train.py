# Databricks notebook source
# MAGIC %md
# MAGIC # Train
# MAGIC The question of the use case is answered with models of rising effort: its rules of thumb (**baselines**), its
# MAGIC **simpler models**, and the **candidate**, the first of its `models`. MLflow keeps score of each.
# MAGIC
# MAGIC Time splits the data. The newest labelled periods are the **holdout**: nothing here looks at them, the validate
# MAGIC notebook judges on them. Before the holdout, and before the early-stopping periods, lies a **gap**: the labels of a
# MAGIC gap reach into what comes after it.

# COMMAND ----------

import json

import matplotlib.pyplot as plt  # noqa: F401  (lets display() draw figures)
import mlflow
import pandas as pd

from lakeloop.config import load_labelled_use_case, load_source, load_target
from lakeloop.config.use_case.task import model_names
from lakeloop.lifecycle import plots, registry, tracking
from lakeloop.lifecycle.evaluation.advantage import TRAINED_THROUGH
from lakeloop.lifecycle.evaluation.metrics import evaluate
from lakeloop.lifecycle.reproduction import pinning
from lakeloop.lifecycle.reproduction.remote import open_remote
from lakeloop.lifecycle.search.choice import Winner
from lakeloop.lifecycle.session import code_revision, spark_session, use_mlflow
from lakeloop.lifecycle.training import baselines, data, models, preflight
from lakeloop.lifecycle.training.distributed import models as distributed
from lakeloop.lifecycle.training.distributed.months import read_months
from lakeloop.lifecycle.training.parts import known, training_rows

dbutils.widgets.text("use_case", "")
dbutils.widgets.text("target", "")
dbutils.widgets.text("job_run_id", "")
dbutils.widgets.text("training_reason", "")

use_case = load_labelled_use_case(dbutils.widgets.get("use_case"))
target = load_target(dbutils.widgets.get("target"))
# first: without it nothing is trained, since nothing could be reproduced
remote = open_remote(target.dvc_uri)
task, period = use_case.task, use_case.period
spark = spark_session(target.catalog)
use_mlflow(target.mlflow)
experiment = mlflow.set_experiment(target.experiment(use_case))
print(f"{use_case.description}\nMLflow experiment {experiment.name} at {mlflow.get_tracking_uri()}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Data
# MAGIC The tables are read at the Delta versions that were published together after their tests had passed. The versions are
# MAGIC written on the run. The rows themselves, and the raw files behind them, are pinned for DVC before anything is
# MAGIC trained: `lakeloop reproduce` makes the same model from them when the tables have long been cleaned up. Where the rows
# MAGIC outgrow this machine, only those that models are judged by are read here.

# COMMAND ----------

contenders, found_by = use_case.models, {}
if use_case.search:
    winner = Winner.loads(dbutils.jobs.taskValues.get(taskKey="tune", key="winner", debugValue=""))
    contenders, found_by = winner.contenders(use_case.models), {registry.SEARCH_RUN: winner.run_id}

ready = preflight.ask(spark, mlflow.MlflowClient(), use_case, target, contenders)
data_versions, features, periods = ready.versions, ready.features, ready.periods
split, place, frame, history = ready.split, ready.place, ready.frame, ready.history
months = None
if place.is_distributed:
    months = read_months(spark, use_case, data_versions, ready.columns, periods)
pinned = pinning.pin(
    remote, target, load_source(use_case.source), use_case, frame, history, features, split, months
)
print(pinned)

print(f"{periods[data.ROWS].sum():,} rows, {len(features)} features, from {data_versions}\n{place}")
parts = {"fit": split.fit, "early stopping": split.early_stopping, "holdout": split.holdout}
display(
    pd.DataFrame(
        [
            {
                "part": name,
                f"{period.unit}s": len(part),
                "as of": str(part),
                "rows": data.count_rows(periods, part),
                f"mean {task.label}": round(data.mean_label(periods, part), 4),
            }
            for name, part in parts.items()
        ]
    )
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Models
# MAGIC The baselines answer first: they cost nothing, and what is wrong with one of them ends this before hours are spent.
# MAGIC Each model is trained twice: on the fit periods, to be judged here on the early-stopping periods, which it has not
# MAGIC seen; and on all training periods, to be judged by the validate notebook. Boosted trees grow as many trees as the
# MAGIC early-stopping periods asked for. Where the use case asks for a search, its winner is the candidate. Where training
# MAGIC happens, here or on the workers, is said above.

# COMMAND ----------

early_rows = split.early_stopping.rows(frame)
early = known(early_rows, features, task)
predictions = baselines.predict_all(use_case, early_rows, history)
results = {name: evaluate(task.kind, early[1], values) for name, values in predictions.items()}

names = model_names(contenders, task)
recipes = dict(zip(names, contenders, strict=True))
candidate_name = names[0]
if place.is_distributed:
    trained = distributed.train_all(spark, use_case, data_versions, features, split, recipes, place.workers)
else:
    trained = models.train_all(recipes, task, training_rows(frame, split, features, task))
predictions = {name: models.predict(model.judged, task, early[0]) for name, model in trained.items()} | predictions
results = {name: evaluate(task.kind, early[1], predictions[name]) for name in names} | results

goes_by = {name: "all features" for name in names}
goes_by |= {baseline.name: baselines.describe(baseline, use_case) for baseline in use_case.baselines}
display(
    pd.DataFrame(
        [{"model": name, "goes by": goes_by[name], **results[name].values} for name in results]
    ).round(4)
)

# COMMAND ----------

where = f"early-stopping {period.unit}s"
figures = plots.of_predictions(task.kind, early_rows[period.column], early[1], predictions, where)
candidate = trained[candidate_name]
if candidate.importance is not None:
    from lakeloop.lifecycle.plots import trees

    figures["feature_importance"] = trees.feature_importance(candidate.importance)
if candidate.curve:
    from lakeloop.lifecycle.plots import trees

    figures["early_stopping"] = trees.learning_curve(
        candidate.curve, candidate.params["trees"], str(candidate.params["eval_metric"])
    )
for figure in figures.values():
    display(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## MLflow
# MAGIC One parent run for this training, one nested run per model and per baseline. A logged model is a pyfunc that answers
# MAGIC with the prediction itself, so scoring needs no code of ours.

# COMMAND ----------

table = use_case.gold("training_set")
lineage = (
    place.tags
    | {
        "use_case": use_case.name,
        "target": target.name,
        "data_versions": json.dumps(data_versions, sort_keys=True),
        "code_revision": code_revision(),
        "fit": str(split.fit),
        "early_stopping": str(split.early_stopping),
        "holdout": str(split.holdout),
        TRAINED_THROUGH: split.train.last_as_of,
        registry.LABELLED_THROUGH: split.holdout.last_as_of,
        "training_reason": dbutils.widgets.get("training_reason"),
        "job_run_id": dbutils.widgets.get("job_run_id"),
        **found_by,
    }
    | pinned.tags
)
example = early[0].head(5)
train_rows = data.count_rows(periods, split.train)
if place.is_distributed:
    dataset = tracking.table_dataset(table, data_versions[table])
else:
    dataset = tracking.dataset(split.train.rows(frame), table, data_versions[table], task.label)
run_ids = {}

with mlflow.start_run(run_name=f"train {split.train}", tags=lineage) as parent:
    lineage[registry.TRAINING_RUN] = parent.info.run_id
    mlflow.log_params({"train": str(split.train), "holdout": str(split.holdout), "rows": train_rows})
    mlflow.log_metrics(results[candidate_name].metrics("early_stopping"))
    mlflow.log_input(dataset, context="training")

    for name, model in trained.items():
        with mlflow.start_run(
            run_name=name, nested=True, tags=lineage | {"model": name, "model_kind": model.kind}
        ) as run:
            run_ids[name] = run.info.run_id
            mlflow.log_params(dict(model.params))
            mlflow.log_metrics(results[name].metrics("early_stopping"))
            if model.importance is not None:
                mlflow.log_dict(model.importance.round(6).to_dict(), "feature_importance.json")
            if name == candidate_name:
                for figure_name, figure in figures.items():
                    mlflow.log_figure(figure, f"plots/{figure_name}.png")
            pinned.log(name, recipes[name], model.params)
            tracking.log_model(model.final, registry.MODEL, example)

    for baseline in use_case.baselines:
        with mlflow.start_run(run_name=baseline.name, nested=True, tags=lineage | {"model": baseline.name}):
            mlflow.log_params(baseline.model_dump())
            mlflow.log_metrics(results[baseline.name].metrics("early_stopping"))

candidate_run_id = run_ids.pop(candidate_name)
# by this tag validation finds the models that the candidate has to beat
mlflow.MlflowClient().set_tag(candidate_run_id, "simpler_models", json.dumps(run_ids))

# COMMAND ----------

# What the validate and register tasks read.
dbutils.jobs.taskValues.set(key="run_id", value=parent.info.run_id)
dbutils.jobs.taskValues.set(key="candidate_run_id", value=candidate_run_id)
print(f"candidate run {candidate_run_id}: {candidate_name} on {split.train}, {train_rows:,} rows")
