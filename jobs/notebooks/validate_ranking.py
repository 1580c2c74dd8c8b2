# Databricks notebook source
# MAGIC %md
# MAGIC # Validate a ranking
# MAGIC The candidate answers questions of the **holdout**, which training never saw: after a visit, what comes within the
# MAGIC horizon? It has to
# MAGIC
# MAGIC - keep the limits of the use case's YAML (`gate.floors`),
# MAGIC - come out of the comparison with the simple methods and the present champion **on the same questions** as
# MAGIC   `gate.baselines`, `gate.simpler_models` and `gate.champion` ask,
# MAGIC - do so for items that are new to the entity as `gate.new_items` asks, and be servable (`gate.serving`).
# MAGIC
# MAGIC Entities are drawn again and again with all their questions; the interval of the difference says "better", "not
# MAGIC distinguishable" or "worse". A refusal is an answer, not an error.

# COMMAND ----------

import json
import os
from pathlib import Path

import mlflow
import pandas as pd

from lakeloop.config import load_target
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.evaluation.gate import CANDIDATE, CHAMPION
from lakeloop.lifecycle.evaluation.recording import record
from lakeloop.lifecycle.ranking import gate, interactions, logged, preflight, report, serving
from lakeloop.lifecycle.ranking.champion import champion
from lakeloop.lifecycle.ranking.examples import FILE, examples
from lakeloop.lifecycle.ranking.judgement import SCOPES, judge
from lakeloop.lifecycle.ranking.split import Parts
from lakeloop.lifecycle.report import page, writing
from lakeloop.lifecycle.report.address import address
from lakeloop.lifecycle.report.findings import Judged
from lakeloop.lifecycle.session import spark_session, use_mlflow

dbutils.widgets.text("use_case", "")
dbutils.widgets.text("target", "")
dbutils.widgets.text("candidate_run_id", "")  # empty: what the task `train` passed on

use_case = preflight.ranking_use_case(dbutils.widgets.get("use_case"))
target = load_target(dbutils.widgets.get("target"))
spark = spark_session(target.catalog)
use_mlflow(target.mlflow)
client = mlflow.MlflowClient()
candidate_run = client.get_run(
    dbutils.widgets.get("candidate_run_id")
    or dbutils.jobs.taskValues.get(taskKey="train", key="candidate_run_id", debugValue="")
)
run_id, tags = candidate_run.info.run_id, candidate_run.data.tags
model_name = target.model_name(use_case)
parts = Parts.of_tags(tags, use_case.period)
present, champion_model = champion(client, use_case, model_name, parts)
print(f"candidate: run {run_id}\nchampion:  {f'version {present.version} of {model_name}' if present.version else 'none yet'}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Everyone on the same questions
# MAGIC The very version that training read. Recall@10, NDCG@10 and coverage, of all items and of those only that an entity
# MAGIC never had before: where the same comes again and again, repeats hide everything else.

# COMMAND ----------

versions = json.loads(tags["data_versions"])
files = Path(mlflow.artifacts.download_artifacts(f"runs:/{run_id}/{registry.MODEL}"))
table = parts.known(interactions.read(spark, use_case, versions), use_case.question.horizon)
judged = judge(logged.model_in(files), champion_model, table, use_case.ranking.questions)
print(f"{len(judged.questions):,} questions of {judged.entities:,} {use_case.entity.noun[1]}, {use_case.period.unit}s {parts.holdout}")
for scope in SCOPES:
    print(f"{scope}: {judged.answered(scope):,} questions with an answer")
    names = [name for name, of in judged.contenders if of == scope]
    display(pd.DataFrame([{"contender": name, **judged.figures(name, scope)} for name in names]).round(4))

# COMMAND ----------

# MAGIC %md
# MAGIC ## The gate

# COMMAND ----------

decision = gate.decide(use_case, judged, present, list(serving.checks(use_case, files)))
print(f"GATE {decision.status.upper()}")
for check in decision.checks:
    print(f"  {check}")

shown = examples(judged)
papers = report.papers(
    Judged(use_case, model_name, run_id, tags, candidate_run.data.params, decision), judged, shown
)
displayHTML(page.framed(papers[page.FILE]))

# COMMAND ----------

# MAGIC %md
# MAGIC ## MLflow
# MAGIC The report with a line a check, the model card, some suggestions, and what the registered version says.

# COMMAND ----------

met = {"holdout": CANDIDATE, "baseline": judged.strongest(use_case.baselines, use_case.gate.compare_by)}
if use_case.simpler_models:
    met["simpler"] = judged.strongest(use_case.simpler_models, use_case.gate.compare_by)
if present.can_score:
    met["champion"] = CHAMPION

with mlflow.start_run(run_id=run_id):
    for prefix, name in met.items():
        mlflow.log_metrics({f"{prefix}_{metric}": value for metric, value in judged.figures(name).items()})
    new_items = judged.figures(CANDIDATE, "new")
    mlflow.log_metrics({f"holdout_new_{metric}": value for metric, value in new_items.items()})
    mlflow.log_metric("holdout_rows", judged.answered())
    mlflow.log_dict(shown, FILE)
    writing.log(papers)

record(client, candidate_run, use_case, decision, {"figures_of": met})
workspace, experiment = os.environ.get("DATABRICKS_HOST", ""), candidate_run.info.experiment_id
print(f"report: {address(mlflow.get_tracking_uri(), workspace, experiment, run_id) or 'MLflow has no pages here'}")
dbutils.jobs.taskValues.set(key="candidate_run_id", value=run_id)
dbutils.jobs.taskValues.set(key="passed", value=str(decision.passed).lower())
dbutils.jobs.taskValues.set(key="reason", value=decision.reason)
dbutils.notebook.exit(json.dumps({"validation_status": decision.status, "reason": decision.reason}))
