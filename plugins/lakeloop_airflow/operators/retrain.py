"""Decides in the open whether a run trains: first model, retraining due, or not due."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk.bases.branch import BaseBranchOperator

from lakeloop.config import Target, UseCase
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.mlflow_client import mlflow_client
from lakeloop_airflow.warehouse import warehouse


class RetrainBranchOperator(BaseBranchOperator):
    """Follows the task id that the rule names; logs why, and pushes it as the XCom ``reason``.

    The rule is :func:`lakeloop.lifecycle.retrain.decide`: at least ``retrain.every`` periods got their labels since the
    last training, or nothing was trained yet. The parameter ``force`` of a run trains in any case.

    Args:
        branches: task id to follow for each of the rule's answers ``first``, ``due`` and ``not_due``.
    """

    template_fields: Sequence[str] = ("databricks_conn_id",)
    ui_color = "#ffe9a8"

    def __init__(
        self,
        *,
        use_case: UseCase,
        target: Target,
        branches: dict[str, str],
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.use_case = use_case
        self.branches = branches
        self.databricks_conn_id = databricks_conn_id
        self.published_table = use_case.ml("published_features")
        self.target = target
        self.model_name = target.model_name(use_case)
        self.http_path = target.warehouse_http_path
        self.catalog = target.catalog

    def choose_branch(self, context: Any) -> str:
        """Return the task id to follow."""
        from lakeloop.lifecycle.registry import champion_version, last_attempt
        from lakeloop.lifecycle.retrain import decide

        with mlflow_client(self.target, self.databricks_conn_id) as client:
            champion = champion_version(client, self.model_name)
            attempt = last_attempt(client, self.model_name)
        force = context["params"].get("force", False)
        decision = decide(self.use_case, champion, attempt, self.labelled_through(), force=force)
        self.log.info("%s: %s", decision.branch, decision.reason)
        context["ti"].xcom_push(key="reason", value=decision.reason)
        return self.branches[decision.branch]

    def labelled_through(self) -> str | None:
        """Newest labelled period (ISO) of the newest publication; ``None`` when there is none."""
        hook = warehouse(self.databricks_conn_id, self.http_path, self.catalog)
        row = hook.get_first(
            f"SELECT newest_labelled_as_of FROM {self.published_table} ORDER BY published_at DESC LIMIT 1"
        )
        return None if row is None else row[0]
