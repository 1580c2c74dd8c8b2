"""Where the report of a validation is: what notebook and Airflow say, so that both lead to one page."""

FILE = "report.html"


def address(tracking_uri: str, workspace: str, experiment_id: str, run_id: str, artifact: str = FILE) -> str:
    """Where MLflow shows an artifact of a run; empty where it has no pages (a database).

    Args:
        workspace: where Databricks is, for ``databricks`` as `tracking_uri`.
    """
    path = f"experiments/{experiment_id}/runs/{run_id}/artifacts/{artifact}"
    if tracking_uri.startswith("databricks"):
        return f"{workspace.rstrip('/')}/ml/{path}"
    return f"{tracking_uri.rstrip('/')}/#/{path}" if tracking_uri.startswith("http") else ""
