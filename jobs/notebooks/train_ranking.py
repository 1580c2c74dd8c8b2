# Databricks notebook source
# MAGIC %md
# MAGIC # Train a ranking
# MAGIC Which items an entity comes to next is learnt from interactions: what is popular, what comes together, and from
# MAGIC questions within the training periods which of some hundred candidates really came (**rankstream**).
# MAGIC
# MAGIC Time splits the data. The newest answered periods are the **holdout**: nothing here looks at them, the validate notebook
# MAGIC judges on their questions.

# COMMAND ----------

import json
import time

import mlflow
import pandas as pd
import rankstream

from lakeloop.config import load_target
from lakeloop.lifecycle import registry, tracking
from lakeloop.lifecycle.evaluation.advantage import TRAINED_THROUGH
from lakeloop.lifecycle.ranking import logged, preflight
from lakeloop.lifecycle.ranking.interactions import table_of
from lakeloop.lifecycle.ranking.split import ms_at_end
from lakeloop.lifecycle.reproduction.pinning import LOCK
from lakeloop.lifecycle.session import code_revision, lock_hash, spark_session, use_mlflow

dbutils.widgets.text("use_case", "")
dbutils.widgets.text("target", "")
dbutils.widgets.text("job_run_id", "")
dbutils.widgets.text("training_reason", "")

use_case = preflight.ranking_use_case(dbutils.widgets.get("use_case"))
target = load_target(dbutils.widgets.get("target"))
spark = spark_session(target.catalog)
use_mlflow(target.mlflow)
experiment = mlflow.set_experiment(target.experiment(use_case))
print(f"{use_case.description}\nMLflow experiment {experiment.name} at {mlflow.get_tracking_uri()}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Interactions
# MAGIC Read at the Delta version that was published after its tests had passed; the version is written on the run.

# COMMAND ----------

ready = preflight.ask(spark, use_case)
parts, known = ready.parts, ready.parts.learnt_from(ready.table)
print(f"{len(ready.table):,} interactions from {dict(ready.versions)}")
display(
    pd.DataFrame(
        [
            {"part": "learnt from", f"{use_case.period.unit}s": len(parts.train), "as of": str(parts.train)},
            {"part": "holdout", f"{use_case.period.unit}s": len(parts.holdout), "as of": str(parts.holdout)},
        ]
    )
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Fit
# MAGIC The ranker learns from questions of the last days before the holdout, with statistics and states from before these.

# COMMAND ----------

began = time.monotonic()
settings = rankstream.settings_of(use_case.settings)
model = rankstream.fit(known, settings)
seconds = time.monotonic() - began
covered = known["item"].isin(model.catalogue.items).mean()
print(f"{len(known):,} interactions, {len(model.catalogue):,} items with {covered:.1%} of them, fitted in {seconds:.1f} s")

# COMMAND ----------

# MAGIC %md
# MAGIC ## MLflow
# MAGIC The logged model holds its own code, and no pickle. It asks for histories and answers with suggestions.

# COMMAND ----------

table = table_of(use_case)
asked = logged.example(known, ms_at_end(use_case.period, parts.train.last))
lineage = {
    "use_case": use_case.name,
    "target": target.name,
    "model": "rankstream",
    "data_versions": json.dumps(dict(ready.versions), sort_keys=True),
    "code_revision": code_revision(),
    LOCK: lock_hash(),
    "fit": str(parts.train),
    "holdout": str(parts.holdout),
    TRAINED_THROUGH: parts.train.last_as_of,
    registry.LABELLED_THROUGH: parts.holdout.last_as_of,
    "training_reason": dbutils.widgets.get("training_reason"),
    "job_run_id": dbutils.widgets.get("job_run_id"),
}
with mlflow.start_run(run_name=f"train {parts.train}", tags=lineage) as run:
    mlflow.log_params({name: getattr(settings, name) for name in settings.__struct_fields__})
    mlflow.log_metrics({"fit_seconds": seconds, "items": len(model.catalogue), "interactions": len(known)})
    mlflow.log_input(tracking.table_dataset(table, ready.versions[table]), context="training")
    logged.log(model, asked)

# COMMAND ----------

# What the validate and register tasks read.
dbutils.jobs.taskValues.set(key="run_id", value=run.info.run_id)
dbutils.jobs.taskValues.set(key="candidate_run_id", value=run.info.run_id)
print(f"candidate run {run.info.run_id}")
