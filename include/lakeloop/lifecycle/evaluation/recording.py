"""A decision of the gate, written where the next task, a person and a later audit look for it."""

import mlflow
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from lakeloop.config import UseCase
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.evaluation.gate import Decision

LONGEST_TAG = 5000  # of a run, on Databricks; the whole sentences stand in decision.json


def record(
    client: MlflowClient, run: Run, use_case: UseCase, decision: Decision, more: dict[str, object]
) -> None:
    """Writes the decision on the candidate's run, on its parent, and with `more` into ``decision.json``.

    The report is written first: no run says that it passed without its grounds.
    """
    reason = decision.reason
    if len(reason) > LONGEST_TAG:
        reason = f"{reason[: LONGEST_TAG - 4]} ..."
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_dict(decision.report() | more, "decision.json")
        mlflow.set_tags(
            {
                registry.COMPARED_WITH: decision.champion.version or registry.NO_CHAMPION,
                registry.HOLDOUT_POLICY: registry.holdout_policy(use_case),
                registry.REASON: reason,
                registry.STATUS: decision.status,
            }
        )
    parent = run.data.tags.get("mlflow.parentRunId")
    if parent:
        client.set_tag(parent, registry.REASON, reason)
        client.set_tag(parent, registry.STATUS, decision.status)
