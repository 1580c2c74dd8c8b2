"""What a client of the stack needs in its environment: the content of ``lakeloop env``."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from lakeloop.config.dbt import dbt_environment

from ..machine.settings import ROOT, StackSettings
from .airflow_environment import airflow_environment
from .credentials import Credentials
from .realtime import realtime_environment

REGION = "us-east-1"
LOCAL = "local"  # the target of everything that this package starts


def client_environment(settings: StackSettings, secrets: Credentials) -> dict[str, str]:
    """All variables, by name, for any client: boto3, databricks-sdk, dbt, mlflow, pyspark, airflow, Kafka's, Redis'."""
    return {
        "LAKELOOP_HOME": str(settings.home),
        "LAKELOOP_TARGET": LOCAL,
        "PATH": _path(os.environ.get("PATH", os.defpath)),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "include"), str(ROOT / "plugins"))),
        **_databricks(settings, secrets),
        **_aws(settings, secrets),
        "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{settings.mlflow_port}",
        "SPARK_REMOTE": _spark_remote(settings, secrets),
        "DBT_PROFILES_DIR": str(ROOT / "dbt_project"),
        "DBT_PROJECT_DIR": str(ROOT / "dbt_project"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **dbt_environment(),
        **airflow_environment(settings, secrets, REGION),
        **(realtime_environment(settings, secrets) if settings.realtime else {}),
    }


def shell_lines(environment: Mapping[str, str]) -> str:
    """``export NAME='value'`` lines for ``eval``, quoted for any POSIX shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items()))


def workspace_url(settings: StackSettings) -> str:
    """Address of the local Databricks workspace."""
    return f"http://127.0.0.1:{settings.localbricks_port}"


def _spark_remote(settings: StackSettings, secrets: Credentials) -> str:
    """Address of Spark with its token: pyspark sends one without TLS to the name `localhost` only."""
    return f"sc://localhost:{settings.spark_port}/;token={quote(secrets.databricks_token, safe='')}"


def _databricks(settings: StackSettings, secrets: Credentials) -> dict[str, str]:
    return {
        "DATABRICKS_HOST": workspace_url(settings),
        "DATABRICKS_TOKEN": secrets.databricks_token,
        # A ~/.databrickscfg of the user must not take part.
        "DATABRICKS_CONFIG_FILE": os.devnull,
        "DATABRICKS_AUTH_TYPE": "pat",
    }


def _aws(settings: StackSettings, secrets: Credentials) -> dict[str, str]:
    endpoint = f"http://127.0.0.1:{settings.s3_port}"
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": secrets.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": secrets.aws_secret_access_key,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "MLFLOW_S3_ENDPOINT_URL": endpoint,
    }


def _path(path: str) -> str:
    """The programs of this virtual environment first: dbt, airflow, mlflow, lakeloop."""
    programs = str(Path(sys.executable).parent)
    return path if programs in path.split(os.pathsep) else os.pathsep.join((programs, path))
