"""A person lets a version become champion, or does not; the ledger keeps either answer."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import BaseOperator

from lakeloop.config import Target, UseCase
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.macros import APPROVE, person
from lakeloop_airflow.mlflow_client import mlflow_client
from lakeloop_airflow.warehouse import statements, warehouse

PATIENCE = timedelta(days=7)


class ApproveVersionOperator(ApprovalOperator):
    """Airflow's ``ApprovalOperator``, which asks for a version; a rejection is a refusal in the ledger.

    It waits without a worker or a trigger, for seven days. Rejected, all that follows is skipped.

    Args:
        version: what becomes champion after an approval.
        reason: why somebody wants that.
        databricks_conn_id: where the ledger is.
    """

    template_fields: Collection[str] = (*ApprovalOperator.template_fields, "version", "reason")
    ui_color = "#fde2c8"

    def __init__(
        self,
        *,
        use_case: UseCase,
        target: Target,
        version: str,
        reason: str,
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        users = target.approval if isinstance(target.approval, tuple) else ()
        super().__init__(
            subject=f"Make version {version} champion of {target.model_name(use_case)}?",
            body=reason,
            assigned_users=[{"id": user, "name": user} for user in users] or None,
            response_timeout=PATIENCE,
            execution_timeout=None,  # a task's own would end the wait for a person
            retries=0,  # a question that nobody answered is not asked again by itself
            **kwargs,
        )
        self.use_case, self.target = use_case, target
        self.version, self.reason = version, reason
        self.databricks_conn_id = databricks_conn_id

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Return what was answered; a rejection is written down before what follows is skipped."""
        if self.REJECT in event.get("chosen_options", ()):
            self._note_rejection(person(event))
        return super().execute_complete(context, event)

    def _note_rejection(self, who: str) -> None:
        from lakeloop.lifecycle import registry
        from lakeloop.lifecycle.deployment import alias
        from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
        from lakeloop.lifecycle.deployment.verdict import note_refusal

        hook = warehouse(self.databricks_conn_id, self.target.warehouse_http_path, self.target.catalog)
        model = self.target.model_name(self.use_case)
        with mlflow_client(self.target, self.databricks_conn_id) as client:
            version = registry.find_version(client, model, self.version)
            if version is None:
                return
            ledger, refusal = ledger_of(statements(hook), self.use_case), f"rejected by {who}"
            note_refusal(ledger, version, alias.champion(client, model), who, self.reason, refusal)


def approved_before(task: BaseOperator, use_case: UseCase, target: Target, **asked: str) -> None:
    """Puts the question before `task` where the target asks for an approval."""
    if target.approval:
        approve = ApproveVersionOperator(
            task_id=APPROVE,
            doc_md="A person approves or rejects, under *Required Actions* in Airflow.",
            use_case=use_case,
            target=target,
            **asked,
        )
        approve >> task
