"""The gate in the DAG: what passed validation goes on, what was refused ends here with its reason."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from lakeloop.config import Target, UseCase
from lakeloop_airflow.mlflow_client import mlflow_client


class ValidationGateOperator(BaseOperator):
    """Reads the verdict on exactly the version that this run's workflow registered.

    The verdict is the version's MLflow tag ``validation_status``. ``passed`` announces the version on the asset;
    ``refused`` skips this task, so that nothing behind it runs; a missing or unknown verdict fails: the gate refuses
    by default.

    Args:
        announces: asset whose event carries ``{"version", "reason"}``.
        workflow_run_id: Databricks run that trained, validated and registered the version.
    """

    template_fields: Sequence[str] = ("workflow_run_id",)
    ui_color = "#c8e6c9"

    def __init__(
        self, *, use_case: UseCase, target: Target, announces: Asset, workflow_run_id: str, **kwargs: Any
    ) -> None:
        super().__init__(outlets=[announces], **kwargs)
        self.announces = announces
        self.workflow_run_id = workflow_run_id
        self.target = target
        self.model_name = target.model_name(use_case)

    def execute(self, context: Any) -> str:
        """Return the version that passed."""
        version = self._registered_version()
        status = version.tags.get("validation_status", "missing")
        reason = version.tags.get("validation_reason", "no reason recorded")
        self.log.info("%s version %s: %s. %s", self.model_name, version.version, status, reason)
        if status == "refused":
            raise AirflowSkipException(f"{self.model_name} version {version.version} is refused: {reason}")
        if status != "passed":
            raise AirflowFailException(
                f'{self.model_name} version {version.version}: tag validation_status is "{status}", expected '
                '"passed" or "refused". Nothing is promoted without a verdict; run the validation again.'
            )
        context["outlet_events"][self.announces].extra = {"version": str(version.version), "reason": reason}
        return str(version.version)

    def _registered_version(self) -> Any:
        from lakeloop.lifecycle.registry import versions_of_job_run

        with mlflow_client(self.target) as client:
            found = versions_of_job_run(client, self.model_name, str(self.workflow_run_id))
        if len(found) != 1:
            raise AirflowFailException(
                f"Expected one version of {self.model_name} with tag job_run_id={self.workflow_run_id}, found "
                f"{[version.version for version in found]}. See the task register of that Databricks run."
            )
        return found[0]
