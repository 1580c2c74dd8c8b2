"""Decides in the open whether a run trains: first model, retraining due, or not due."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk.bases.branch import BaseBranchOperator

from lakeloop.config import Target, UseCase
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.mlflow_client import mlflow_client


class RetrainBranchOperator(BaseBranchOperator):
    """Follows the task id that the rule names; logs why, and pushes it as the XCom ``reason``.

    The rule is :func:`lakeloop.lifecycle.retrain.decide`: no champion yet, or at least ``retrain.every_weeks`` weeks
    got their labels since the champion's training data ended.

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
        self.branches = branches
        self.databricks_conn_id = databricks_conn_id
        self.labels_table = use_case.table("gold", "household_week_labels")
        self.target = target
        self.model_name = target.model_name(use_case)
        self.every_weeks = use_case.retrain.every_weeks
        self.http_path = target.warehouse_http_path
        self.catalog = target.catalog

    def choose_branch(self, context: Any) -> str:
        """Return the task id to follow."""
        from lakeloop.lifecycle.registry import champion_version
        from lakeloop.lifecycle.retrain import RetrainDecision, decide

        newest = self.newest_labelled_week()
        if newest is None:
            decision = RetrainDecision(
                "not_due", f"{self.labels_table} has no row yet: nothing to learn from"
            )
        else:
            with mlflow_client(self.target, self.databricks_conn_id) as client:
                champion = champion_version(client, self.model_name)
            decision = decide(champion, newest, self.every_weeks)
        self.log.info("%s: %s", decision.branch, decision.reason)
        context["ti"].xcom_push(key="reason", value=decision.reason)
        return self.branches[decision.branch]

    def newest_labelled_week(self) -> int | None:
        """Last week of the labels table, asked from the SQL warehouse; ``None`` when it has no row."""
        from airflow.providers.databricks.hooks.databricks_sql import DatabricksSqlHook

        # the catalog, because a warehouse's default one need not be the target's
        hook = DatabricksSqlHook(self.databricks_conn_id, http_path=self.http_path, catalog=self.catalog)
        row = hook.get_first(f"SELECT max(week) AS week FROM {self.labels_table}")
        return None if row is None or row[0] is None else int(row[0])
