"""Where to look."""

from ..machine.settings import StackSettings
from .airflow_environment import airflow_url
from .environment import workspace_url


def links(settings: StackSettings) -> dict[str, str]:
    """Addresses for people, by what is there."""
    return {
        "Airflow": airflow_url(settings),
        "Workspace runs": workspace_url(settings),
        "MLflow": f"http://127.0.0.1:{settings.mlflow_port}",
    }
