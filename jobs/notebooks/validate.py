# Databricks notebook source
# MAGIC %md
# MAGIC # Validate
# MAGIC The candidate meets the **holdout**: the newest labelled weeks, which training never saw. It has to
# MAGIC
# MAGIC - reach the thresholds of the use case's YAML,
# MAGIC - beat the recency rule by a clear margin, and logistic regression,
# MAGIC - be no worse than the present champion **on the same rows**.
# MAGIC
# MAGIC The gate refuses by default. A refusal is an answer, not an error: it is written on the run with its reason, and
# MAGIC the next task registers the model as refused.

# COMMAND ----------

import json
from html import escape

import matplotlib.pyplot as plt  # noqa: F401  (lets display() draw figures)
import mlflow
import pandas as pd

from lakeloop.config import load_target, load_use_case
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle import gate, models, plots, registry
from lakeloop.lifecycle.evaluation import evaluate, recency_scores, slice_table
from lakeloop.lifecycle.session import read_version, spark_session, use_mlflow
from lakeloop.lifecycle.splits import WeekRange

dbutils.widgets.text("use_case", "churn")
dbutils.widgets.text("target", "")
dbutils.widgets.text("candidate_run_id", "")  # empty: what the task `train` passed on
dbutils.widgets.text("logistic_run_id", "")


def from_train(key):
    """The widget's value when somebody gave one, else the value that the train task passed on."""
    return dbutils.widgets.get(key) or dbutils.jobs.taskValues.get(taskKey="train", key=key, debugValue="")


use_case = load_use_case(dbutils.widgets.get("use_case"))
target = load_target(dbutils.widgets.get("target"))
spark = spark_session(target.catalog)
use_mlflow(target.mlflow)
client = mlflow.MlflowClient()
candidate_run = client.get_run(from_train("candidate_run_id"))
model_name = target.model_name(use_case)
champion = registry.champion_version(client, model_name)
print(f"candidate: run {candidate_run.info.run_id}")
print(f"champion:  {f'version {champion.version} of {model_name}' if champion else 'none yet'}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## The holdout
# MAGIC The very rows that training left out, at the very table version that training read.

# COMMAND ----------

table = use_case.table("gold", "training_set")
version = json.loads(candidate_run.data.tags["data_versions"])[table]
weeks = WeekRange.parse(candidate_run.data.tags["holdout_weeks"])

contenders = {
    "candidate": mlflow.pyfunc.load_model(f"runs:/{candidate_run.info.run_id}/{registry.MODEL}"),
    "logistic regression": mlflow.pyfunc.load_model(f"runs:/{from_train('logistic_run_id')}/{registry.MODEL}"),
}
if champion is not None:
    contenders["champion"] = mlflow.pyfunc.load_model(f"models:/{model_name}/{champion.version}")
# each model names its own inputs: the champion may have been trained on other features than today's YAML lists
inputs = {name: model.metadata.get_input_schema().input_names() for name, model in contenders.items()}

source = read_version(spark, table, version)
needed = [use_case.entity, "week", use_case.label, use_case.baseline.feature, *use_case.slices]
needed = list(dict.fromkeys([*needed, *(column for columns in inputs.values() for column in columns)]))
contract.require_columns(table, source.columns, needed)
holdout = source.where(source.week.between(weeks.first, weeks.last)).select(*needed).toPandas()
y = contract.labels(holdout, use_case.label)
print(f"weeks {weeks}: {len(y):,} rows, {y.mean():.1%} churned, version {version} of {table}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Everyone on the same rows

# COMMAND ----------

scores = {
    name: models.probabilities(model.predict(contract.model_input(holdout, inputs[name])))
    for name, model in contenders.items()
}
probability = dict(scores)
scores["recency rule"] = recency_scores(holdout, use_case.baseline.feature)
results = {name: evaluate(y, values) for name, values in scores.items()}
display(pd.DataFrame({name: result.metrics("holdout") for name, result in results.items()}).T.round(4))

figures = {
    "holdout_roc": plots.roc(y, scores, f"ROC, holdout weeks {weeks}"),
    "holdout_precision_recall": plots.precision_recall(y, scores, f"Precision-recall, holdout weeks {weeks}"),
    "holdout_calibration": plots.calibration(y, probability, f"Calibration, holdout weeks {weeks}"),
}
for figure in figures.values():
    display(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Slices
# MAGIC A good average can hide a group that the model fails. Small slices have noisy figures: look at `rows` first.

# COMMAND ----------

shown = ["candidate", "champion", "recency rule"]
slices = slice_table(
    holdout, y, {name: scores[name] for name in shown if name in scores}, [*use_case.slices, "week"]
)
display(slices.round(4))

# COMMAND ----------

# MAGIC %md
# MAGIC ## The gate

# COMMAND ----------

decision = gate.decide(
    candidate=results["candidate"],
    baseline=results["recency rule"],
    logistic=results["logistic regression"],
    champion=results.get("champion"),
    thresholds=use_case.gate,
)
colour = "#15803d" if decision.passed else "#b91c1c"
items = "".join(f"<li>{escape(str(check))}</li>" for check in decision.checks)
displayHTML(
    f'<div style="border-left:8px solid {colour};padding:12px 20px;font-family:sans-serif">'
    f'<div style="font-size:28px;font-weight:700;color:{colour}">Gate: {decision.status.upper()}</div>'
    f"<ul>{items}</ul></div>"
)
print(f"GATE {decision.status.upper()}")
for check in decision.checks:
    print(f"  {check}")

# COMMAND ----------

with mlflow.start_run(run_id=candidate_run.info.run_id):
    mlflow.set_tags({registry.STATUS: decision.status, registry.REASON: decision.reason})
    mlflow.log_metrics(results["candidate"].metrics("holdout"))
    mlflow.log_metrics(results["recency rule"].metrics("baseline"))
    mlflow.log_metrics(results["logistic regression"].metrics("logistic"))
    if champion is not None:
        mlflow.set_tag("compared_with_champion", champion.version)
        mlflow.log_metrics(results["champion"].metrics("champion"))
    mlflow.log_dict(decision.report(), "decision.json")
    mlflow.log_text(slices.to_csv(index=False), "slices.csv")
    for name, figure in figures.items():
        mlflow.log_figure(figure, f"plots/{name}.png")

parent = candidate_run.data.tags.get("mlflow.parentRunId")
if parent:
    client.set_tag(parent, registry.STATUS, decision.status)
    client.set_tag(parent, registry.REASON, decision.reason)

dbutils.jobs.taskValues.set(key="candidate_run_id", value=candidate_run.info.run_id)
dbutils.jobs.taskValues.set(key="passed", value=str(decision.passed).lower())
dbutils.jobs.taskValues.set(key="reason", value=decision.reason)
dbutils.notebook.exit(json.dumps({"validation_status": decision.status, "reason": decision.reason}))
