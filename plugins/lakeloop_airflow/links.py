"""Links from a task to what it decided by."""

import os
from typing import Any

from airflow.sdk import BaseOperatorLink


class ValidationReportLink(BaseOperatorLink):
    """To the report of the validation in MLflow; Airflow stores the address when the task ends."""

    name = "See Validation Report"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """What the operator has left in ``report_page``; empty when it found no report."""
        return str(getattr(operator, "report_page", ""))


def report_page(client: Any, run_id: str | None) -> str:
    """Where MLflow shows the report of a run; empty without a run, or where MLflow has no pages (a database).

    Call it within :func:`mlflow_client`, which says where the workspace is.
    """
    from lakeloop.lifecycle.report.address import address

    if not run_id:
        return ""
    experiment = client.get_run(run_id).info.experiment_id
    return address(client.tracking_uri, os.environ.get("DATABRICKS_HOST", ""), experiment, run_id)
