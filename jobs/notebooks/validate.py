# Databricks notebook source
# MAGIC %md
# MAGIC # Validate
# MAGIC The candidate meets the **holdout**: the newest labelled periods, which training never saw. It has to
# MAGIC
# MAGIC - keep the limits of the use case's YAML (`gate.floors`),
# MAGIC - come out of the comparison with every baseline, every simpler model and the present champion **on the same rows** as
# MAGIC   `gate.baselines`, `gate.simpler_models` and `gate.champion` ask,
# MAGIC - pass the further checks: slices, calibration, fairness, leakage, stability, behaviour, health, serving and budgets.
# MAGIC
# MAGIC A comparison knows how sure it is: entities are drawn again and again with all their rows, and the interval of the
# MAGIC difference says "better", "not distinguishable" or "worse".
# MAGIC
# MAGIC The gate refuses by default. A refusal is an answer, not an error: it is written on the run with its reason, and
# MAGIC the next task registers the model as refused.

# COMMAND ----------

import json
import os
from pathlib import Path

import matplotlib.pyplot as plt  # noqa: F401  (lets display() draw figures)
import mlflow
import pandas as pd

from lakeloop.config import load_labelled_use_case, load_target
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle import checks, plots, registry
from lakeloop.lifecycle.evaluation import gate
from lakeloop.lifecycle.evaluation.advantage import advantage_of
from lakeloop.lifecycle.evaluation.recording import record
from lakeloop.lifecycle.evaluation.review import stakes_of
from lakeloop.lifecycle.evaluation.rows import ScoredRows, units_of
from lakeloop.lifecycle.evaluation.slices import slice_table
from lakeloop.lifecycle.explain.words import descriptions
from lakeloop.lifecycle.report import page, writing
from lakeloop.lifecycle.report.address import address
from lakeloop.lifecycle.report.findings import Findings, Judged, explained
from lakeloop.lifecycle.session import read_version, spark_session, use_mlflow
from lakeloop.lifecycle.training import baselines, data, models
from lakeloop.lifecycle.training.distributed import sample
from lakeloop.lifecycle.training.splits import TimeSplit

dbutils.widgets.text("use_case", "")
dbutils.widgets.text("target", "")
dbutils.widgets.text("candidate_run_id", "")  # empty: what the task `train` passed on

use_case = load_labelled_use_case(dbutils.widgets.get("use_case"))
target = load_target(dbutils.widgets.get("target"))
task, period = use_case.task, use_case.period
spark = spark_session(target.catalog)
use_mlflow(target.mlflow)
client = mlflow.MlflowClient()
candidate_run = client.get_run(
    dbutils.widgets.get("candidate_run_id")
    or dbutils.jobs.taskValues.get(taskKey="train", key="candidate_run_id", debugValue="")
)
model_name = target.model_name(use_case)
champion_version = registry.champion_version(client, model_name)
print(f"candidate: run {candidate_run.info.run_id}")
print(
    f"champion:  {f'version {champion_version.version} of {model_name}' if champion_version else 'none yet'}"
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## The holdout
# MAGIC The very rows that training left out, at the very table versions that training read. Each model names its own inputs:
# MAGIC a champion that needs a feature which is no longer there cannot score; then it is not compared with, and the decision
# MAGIC says so, as it says when a champion has learned from rows of this holdout. Some checks look at training rows too: where
# MAGIC workers trained, because this machine cannot hold all of them, at those of some entities.

# COMMAND ----------

simpler_runs = json.loads(candidate_run.data.tags["simpler_models"])
folder = Path(mlflow.artifacts.download_artifacts(f"runs:/{candidate_run.info.run_id}/{registry.MODEL}"))
contenders = {gate.CANDIDATE: mlflow.pyfunc.load_model(str(folder))}
for name, run_id in simpler_runs.items():
    contenders[name] = mlflow.pyfunc.load_model(f"runs:/{run_id}/{registry.MODEL}")
if champion_version is not None:
    contenders[gate.CHAMPION] = registry.load_version(champion_version)
inputs = {name: model.metadata.get_input_schema().input_names() for name, model in contenders.items()}

data_versions = json.loads(candidate_run.data.tags["data_versions"])
present = data.numeric_columns(spark, use_case, data_versions)
split = TimeSplit.of_tags(candidate_run.data.tags, period)
champion = gate.Champion(None)
if champion_version is not None:
    version = str(champion_version.version)
    champion = gate.Champion(
        version,
        contract.lacking(present, inputs[gate.CHAMPION]),
        advantage_of(version, champion_version.tags, split.holdout, use_case.question.horizon),
    )
    if not champion.can_score:
        del contenders[gate.CHAMPION], inputs[gate.CHAMPION]
        print(f"the champion cannot score the present features, it needs {', '.join(champion.lacks)}")

columns = [*use_case.gate.columns, *(column for names in inputs.values() for column in names)]
chosen = sample.rows_to_validate(spark, use_case, data_versions, len(columns), split, candidate_run.data.tags)
known = data.read_training_set(spark, use_case, data_versions, columns, chosen.condition)
holdout = split.holdout.rows(known)
history = data.read_history(spark, use_case, data_versions)
y = contract.labels(holdout, task.label, task.kind)
print(
    f"{period.unit}s {split.holdout}: {len(y):,} rows, mean {task.label} {y.mean():.4f}\nread from {data_versions}"
)
print(f"beside the holdout the checks look at {chosen}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Everyone on the same rows
# MAGIC A candidate whose answers are no numbers is refused at once: no figure can be made of them, and its report is short.

# COMMAND ----------


report_page = address(
    mlflow.get_tracking_uri(),
    os.environ.get("DATABRICKS_HOST", ""),
    candidate_run.info.experiment_id,
    candidate_run.info.run_id,
)


def conclude(decision, **more):
    """The decision is written down, handed to the next task, and ends this notebook."""
    record(client, candidate_run, use_case, decision, more)
    dbutils.jobs.taskValues.set(key="candidate_run_id", value=candidate_run.info.run_id)
    dbutils.jobs.taskValues.set(key="passed", value=str(decision.passed).lower())
    dbutils.jobs.taskValues.set(key="reason", value=decision.reason)
    print(f"report: {report_page or 'MLflow has no pages here'}")
    dbutils.notebook.exit(json.dumps({"validation_status": decision.status, "reason": decision.reason}))


x = contract.model_input(holdout, inputs[gate.CANDIDATE])
unfit = checks.unfit(use_case, contenders[gate.CANDIDATE], x)
made = (use_case, model_name, candidate_run.info.run_id, candidate_run.data.tags, candidate_run.data.params)
if unfit:
    decision = gate.Decision(unfit, champion)
    report = page.page_without_scores(Judged(*made, decision))
    displayHTML(page.framed(report))
    with mlflow.start_run(run_id=candidate_run.info.run_id):
        writing.log({page.FILE: report})
    conclude(decision)

# COMMAND ----------

predictions = {
    name: models.predict(model, task, contract.model_input(holdout, inputs[name]))
    for name, model in contenders.items()
}
predictions |= baselines.predict_all(use_case, holdout, history)
rows = ScoredRows(
    task.kind, y, predictions, units_of(use_case, holdout), stakes_of(use_case, holdout)
)
display(
    pd.DataFrame([{"contender": name, **result.values} for name, result in rows.evaluations.items()]).round(4)
)

figures = plots.of_predictions(task.kind, holdout[period.column], y, predictions, f"holdout {period.unit}s")
for figure in figures.values():
    display(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Slices
# MAGIC A good average can hide a group that the model fails. Small slices have noisy figures: look at `rows`, and at the ends
# MAGIC `low` and `high` of the interval of the candidate's figure.

# COMMAND ----------

slices = slice_table(
    holdout,
    rows.part(holdout.index >= 0, [name for name in predictions if name not in simpler_runs]),
    [*use_case.gate.slices.columns, period.column],
    list(dict.fromkeys([use_case.gate.compare_by, *use_case.gate.slices.floors])),
    gate.CANDIDATE,
    use_case.gate.bootstrap,
)
display(slices.round(4))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What moves its predictions
# MAGIC SHAP values: those of a row and a base add up to its prediction, which is checked for each row. They say what the model
# MAGIC goes by, not what causes the outcome.

# COMMAND ----------

explanations = explained(contenders[gate.CANDIDATE], x, predictions[gate.CANDIDATE])
if explanations.why_not:
    print(f"no explanations: the model is {explanations.why_not}")
shap_figures = writing.pictures(explanations)
for figure in shap_figures.values():
    display(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## The gate

# COMMAND ----------

baseline_names = [baseline.name for baseline in use_case.baselines]
decision = gate.decide(use_case.gate, rows, baseline_names, list(simpler_runs), champion)
judged_slices = slices[slices["slice"].isin(use_case.gate.slices.columns)]
evidence = checks.Evidence(
    use_case, rows, holdout, known, split, x, contenders[gate.CANDIDATE], folder, judged_slices
)
decision = decision.with_more(checks.run(evidence))
print(f"GATE {decision.status.upper()}")
for check in decision.checks:
    print(f"  {check}")

features_table = use_case.gold("features")
findings = Findings(
    *made,
    decision,
    holdout,
    rows,
    slices,
    explanations,
    figures | shap_figures,
    described=descriptions(read_version(spark, features_table, data_versions[features_table]).schema),
    looked_at=str(chosen),
)
papers = writing.papers(findings)
displayHTML(page.framed(papers[page.FILE]))

# COMMAND ----------

# MAGIC %md
# MAGIC ## MLflow
# MAGIC The report with a line a check, the model card, and what the registered version says.

# COMMAND ----------

# What the registered version says: the candidate's figures, and those of the strongest of each kind that it met.
met = {"holdout": gate.CANDIDATE, "baseline": rows.strongest(use_case.gate.compare_by, baseline_names)}
if simpler_runs:
    met["simpler"] = rows.strongest(use_case.gate.compare_by, list(simpler_runs))
if champion.can_score:
    met["champion"] = gate.CHAMPION

with mlflow.start_run(run_id=candidate_run.info.run_id):
    for prefix, name in met.items():
        mlflow.log_metrics(rows.evaluations[name].metrics(prefix))
    mlflow.log_text(slices.to_csv(index=False), "slices.csv")
    for name, figure in (figures | shap_figures).items():
        mlflow.log_figure(figure, f"plots/holdout_{name}.png")
    writing.log(papers)

conclude(decision, figures_of=met)
