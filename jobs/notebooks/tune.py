# Databricks notebook source
# MAGIC %md
# MAGIC # Tune
# MAGIC Looks for good hyperparameters, as the key `search` of the use case asks. Each **trial** is a setting that is trained
# MAGIC and judged on **folds by time**: the newest training periods judge in turn, and what lies before each of them trains,
# MAGIC with the same gaps as in the train notebook. The holdout is not looked at.
# MAGIC
# MAGIC Trials of a batch run side by side on Spark. Each finished one is a nested run in MLflow; a search that was killed goes
# MAGIC on from those. The winner is handed to the train notebook.

# COMMAND ----------

import json

import matplotlib.pyplot as plt  # noqa: F401  (lets display() draw figures)
import mlflow
import pandas as pd

from lakeloop.config import load_labelled_use_case, load_target
from lakeloop.lifecycle.evaluation.advantage import TRAINED_THROUGH
from lakeloop.lifecycle.reproduction.remote import open_remote
from lakeloop.lifecycle.search import choice, execution, figures, preparation
from lakeloop.lifecycle.search.champion import champion_setting
from lakeloop.lifecycle.search.runs import SearchRun
from lakeloop.lifecycle.session import code_revision, spark_session, use_mlflow
from lakeloop.lifecycle.training import data, preflight
from lakeloop.lifecycle.training.distributed import sample

dbutils.widgets.text("use_case", "")
dbutils.widgets.text("target", "")
dbutils.widgets.text("job_run_id", "")

use_case = load_labelled_use_case(dbutils.widgets.get("use_case"))
target = load_target(dbutils.widgets.get("target"))
search = preparation.search_of(use_case)
open_remote(target.dvc_uri)  # first, as in the train notebook: without it no winner could be trained
spark = spark_session(target.catalog)
use_mlflow(target.mlflow)
client = mlflow.MlflowClient()
experiment = mlflow.set_experiment(target.experiment(use_case))
print(
    f"{search.kind} search of {', '.join(search.families)}: {search.planned} trials, {search.seconds} s, {search.parallel} at once"
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Folds
# MAGIC All that could be wrong with the search, and with the training that follows it, is found here, before anything is
# MAGIC tried. Where the training rows outgrow this machine, the search sees as many entities as fit.

# COMMAND ----------

ready = preflight.ask(spark, client, use_case, target, preparation.possible_winners(use_case))
data_versions, features, split = ready.versions, ready.features, ready.split
chosen = sample.rows_to_search(spark, use_case, ready.periods, len(features))
frame = ready.frame
if ready.place.is_distributed:  # of the rows that train none was read
    frame = data.read_training_set(spark, use_case, data_versions, features, chosen.condition)
champion, sentence = champion_setting(client, target.model_name(use_case), search)
read = {"data_versions": data_versions, "code_revision": code_revision(), "rows": chosen.condition}
prepared = preparation.prepare(use_case, frame, features, split.train, champion, **read)

print(f"{len(prepared.rows.y):,} rows, {len(features)} features, read from {data_versions}\n{sentence}")
print(f"the search sees {chosen}; the holdout {split.holdout} is left alone")
display(pd.DataFrame([preparation.in_words(fold) for fold in prepared.folds]))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Trials

# COMMAND ----------

lineage = {
    "use_case": use_case.name,
    "target": target.name,
    "data_versions": json.dumps(data_versions, sort_keys=True),
    "code_revision": read["code_revision"],
    TRAINED_THROUGH: split.train.last_as_of,
    "job_run_id": dbutils.widgets.get("job_run_id"),
}
record = SearchRun(client, experiment.experiment_id, f"search {split.train}", prepared, lineage)
judge = prepared.judge()
evaluate = (
    execution.on_spark(spark, judge, prepared.rows)
    if search.parallel > 1
    else execution.in_this_process(judge, prepared.rows)
)
print(
    f"MLflow run {record.run_id}: {len(record.trials)} trials are finished already, {record.seconds:.0f} s are spent"
)

with record:
    trials, study = prepared.conduct(evaluate, record)
if len(trials) < search.planned:
    print(f"{len(trials)} of {search.planned} trials are made: the {search.seconds} s of search.seconds are used up")
display(figures.table(trials, prepared.metric).round(4))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What came of it
# MAGIC Between families the simplest within one standard error of the best wins.

# COMMAND ----------

drawn = figures.figures(search, trials, study, prepared.metric)
for figure in drawn.values():
    display(figure)

best = choice.winner(trials, prepared.metric)
winner = choice.named(best, prepared.base, record.run_id)
record.finish(best, drawn, {"winner": winner.dumps()})

# COMMAND ----------

# What the train task reads.
dbutils.jobs.taskValues.set(key="winner", value=winner.dumps())
print(
    f"winner: trial {best.number}, {winner.family} {dict(winner.params)}, {prepared.metric} {best.mean:.4f}"
)
