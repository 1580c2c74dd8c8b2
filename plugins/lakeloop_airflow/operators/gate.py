"""The gate in the DAG: what passed validation is announced, what was refused takes another branch with its reason."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.bases.branch import BaseBranchOperator
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import Target, UseCase
from lakeloop_airflow.links import ValidationReportLink, report_page
from lakeloop_airflow.macros import who
from lakeloop_airflow.mlflow_client import mlflow_client


class ValidationGateOperator(BaseBranchOperator):
    """Follows the task ``passed`` or ``refused``, as the version says that this run's workflow registered.

    The verdict is the version's MLflow tag ``validation_status``. A version that passed against another champion than
    the present one is refused: it has not met the one it would replace. A missing or unknown verdict fails. Pushes the
    XComs ``version`` and ``reason``.

    Args:
        workflow_run_id: Databricks run that trained, validated and registered the version.
    """

    template_fields: Sequence[str] = ("workflow_run_id",)
    operator_extra_links = (ValidationReportLink(),)
    ui_color = "#c8e6c9"

    def __init__(self, *, use_case: UseCase, target: Target, workflow_run_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workflow_run_id = workflow_run_id
        self.target = target
        self.model_name = target.model_name(use_case)
        self.report_page = ""

    def choose_branch(self, context: Any) -> str:
        """Return the task id to follow. Raises AirflowFailException without a verdict on exactly one version."""
        from lakeloop.lifecycle.registry import PASSED, REFUSED, champion_version

        with mlflow_client(self.target) as client:
            version = self._registered_version(client)
            status, reason = _verdict(version, champion_version(client, self.model_name))
            self.report_page = self._report_page(client, version)
        self.log.info("%s version %s: %s. %s", self.model_name, version.version, status, reason)
        self.log.info("Report: %s", self.report_page or "none")
        if status not in (PASSED, REFUSED):
            raise AirflowFailException(
                f'{self.model_name} version {version.version}: tag validation_status is "{status}", expected '
                '"passed" or "refused". Nothing is promoted without a verdict; run the validation again.'
            )
        context["ti"].xcom_push(key="version", value=str(version.version))
        context["ti"].xcom_push(key="reason", value=reason)
        return status

    def _report_page(self, client: Any, version: Any) -> str:
        """Empty where MLflow does not show the run: a verdict without a link is a verdict."""
        from mlflow.exceptions import MlflowException

        try:
            return report_page(client, version.run_id)
        except MlflowException as error:
            self.log.warning("No link to the report of run %s: %s", version.run_id, error)
            return ""

    def _registered_version(self, client: Any) -> Any:
        from lakeloop.lifecycle.registry import versions_of_job_run

        found = versions_of_job_run(client, self.model_name, str(self.workflow_run_id))
        if len(found) != 1:
            raise AirflowFailException(
                f"Expected one version of {self.model_name} with tag job_run_id={self.workflow_run_id}, found "
                f"{[version.version for version in found]}. See the task register of that Databricks run."
            )
        return found[0]


def _verdict(version: Any, champion: Any) -> tuple[str, str]:
    """Status and reason of the version, given the present champion (None: there is none)."""
    from lakeloop.lifecycle.registry import COMPARED_WITH, NO_CHAMPION, PASSED, REASON, REFUSED, STATUS

    status = version.tags.get(STATUS, "missing")
    present = str(champion.version) if champion else NO_CHAMPION
    met = version.tags.get(COMPARED_WITH, "(no tag)")
    if status == PASSED and present not in (met, str(version.version)):
        return REFUSED, f"it was compared with champion {met}, and the present champion is {present}"
    return status, version.tags.get(REASON, "no reason recorded")


class AnnounceModelOperator(BaseOperator):
    """Announces the version that passed the gate: an event ``{"version", "reason", "who"}`` on the asset.

    Args:
        gate: task id of the :class:`ValidationGateOperator`.
    """

    template_fields: Sequence[str] = ("version", "reason")
    ui_color = "#c8e6c9"

    def __init__(self, *, announces: Asset, gate: str, **kwargs: Any) -> None:
        super().__init__(outlets=[announces], **kwargs)
        self.announces = announces
        self.version = f"{{{{ ti.xcom_pull(task_ids='{gate}', key='version') }}}}"
        self.reason = f"{{{{ ti.xcom_pull(task_ids='{gate}', key='reason') }}}}"

    def execute(self, context: Any) -> str:
        """Return the version."""
        asked_by = who(context["dag_run"], {})
        event = {"version": self.version, "reason": self.reason, "who": asked_by}
        context["outlet_events"][self.announces].extra = event
        self.log.info("Announced %s", event)
        return self.version
