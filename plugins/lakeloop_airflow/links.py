"""Links from a task to what it decided by."""

import os
from typing import Any

from airflow.sdk import BaseOperatorLink

REPORT = "report.html"


class ValidationReportLink(BaseOperatorLink):
    """To the report of the validation in MLflow; Airflow stores the address when the task ends."""

    name = "See Validation Report"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """What the operator has left in ``report_page``; empty when it found no report."""
        return str(getattr(operator, "report_page", ""))


def artifact_page(client: Any, run_id: str | None, artifact: str = REPORT) -> str:
    """Where MLflow shows an artifact of a run; empty without a run, or where MLflow has no pages (a database).

    Call it within :func:`mlflow_client`, which says where the workspace is.
    """
    if not run_id:
        return ""
    experiment = client.get_run(run_id).info.experiment_id
    path = f"experiments/{experiment}/runs/{run_id}/artifacts/{artifact}"
    server = client.tracking_uri
    if server.startswith("databricks"):
        return f"{os.environ.get('DATABRICKS_HOST', '').rstrip('/')}/ml/{path}"
    return f"{server.rstrip('/')}/#/{path}" if server.startswith("http") else ""
