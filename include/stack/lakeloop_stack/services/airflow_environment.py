"""Airflow's configuration and its two connections, as environment variables; tuned for a machine with 2 cores."""

import json
from typing import Any

from ..machine.settings import ROOT, StackSettings
from .credentials import Credentials


def airflow_environment(settings: StackSettings, secrets: Credentials, region: str) -> dict[str, str]:
    """AIRFLOW_HOME, AIRFLOW__* and AIRFLOW_CONN_*, the same for Airflow's components and for its command line."""
    options = {**_core(settings), **_api(settings, secrets), **_components(settings)}
    return {
        "AIRFLOW_HOME": str(settings.home / "airflow"),
        **{f"AIRFLOW__{name}": str(value) for name, value in options.items()},
        "AIRFLOW__CORE__FERNET_KEY": secrets.airflow_fernet_key,
        "AIRFLOW_CONN_DATABRICKS_DEFAULT": json.dumps(_databricks_connection(settings, secrets)),
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(_aws_connection(settings, secrets, region)),
    }


def airflow_url(settings: StackSettings) -> str:
    """Address of Airflow's UI and API."""
    return f"http://127.0.0.1:{settings.airflow_port}"


def _core(settings: StackSettings) -> dict[str, Any]:
    return {
        "CORE__DAGS_FOLDER": ROOT / "dags",
        "CORE__PLUGINS_FOLDER": ROOT / "plugins",
        "CORE__EXECUTOR": "lakeloop_airflow.executor.ReadyLocalExecutor",
        # The default forks 32 workers, which take 6 GB.
        "CORE__PARALLELISM": settings.airflow_parallelism,
        "CORE__LOAD_EXAMPLES": False,
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": True,
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
        "CORE__EXECUTION_API_SERVER_URL": f"{airflow_url(settings)}/execution/",
        "CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": 1,
        # The default asks DNS for the machine's full name.
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        # On a busy laptop another writer may need longer than the 5 seconds that SQLite waits for it.
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{settings.home}/airflow/airflow.db?timeout=60",
        "LOGGING__BASE_LOG_FOLDER": settings.home / "airflow" / "logs",
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": settings.home / "airflow" / "dag_processor",
        "USAGE_DATA_COLLECTION__ENABLED": False,
        "COSMOS__ENABLE_TELEMETRY": False,
        # The default, below /tmp, is shared with every other stack and user of the machine.
        "COSMOS__CACHE_DIR": settings.home / "airflow" / "cosmos",
    }


def _api(settings: StackSettings, secrets: Credentials) -> dict[str, Any]:
    return {
        "API__HOST": "127.0.0.1",
        "API__PORT": settings.airflow_port,
        "API__BASE_URL": airflow_url(settings),
        "API__WORKERS": 1,
        "API__SECRET_KEY": secrets.airflow_api_secret,
        "API_AUTH__JWT_SECRET": secrets.airflow_jwt_secret,
        "API_AUTH__JWT_ISSUER": "lakeloop",
    }


def _components(settings: StackSettings) -> dict[str, Any]:
    return {
        # The default of 1 s adds seconds to each chain of tasks; 0.3 s takes up to half a core from Spark.
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.5,
        # A task whose worker was killed is found after a minute instead of five.
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 60,
        # Also how late the supervisor may notice that its task's process has ended (default 5 s). A deferred task that
        # resumes before that is taken for one that died, and tried again.
        "WORKERS__MIN_HEARTBEAT_INTERVAL": 1,
        # A busy laptop may not answer a starting task within the default of 5 seconds.
        "WORKERS__EXECUTION_API_TIMEOUT": 30,
        # The scheduler may start last night's scoring before the api-server answers.
        "WORKERS__EXECUTION_API_RETRIES": 10,
        "WORKERS__EXECUTION_API_RETRY_WAIT_MAX": 10,
        "DAG_PROCESSOR__REFRESH_INTERVAL": 5,
        "DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": 2,
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 60,  # for a changed use case; a changed DAG file is read at once
        "DAG_PROCESSOR__PARSING_PROCESSES": 1,
        "DAG_PROCESSOR__PRINT_STATS_INTERVAL": 0,
    }


def _databricks_connection(settings: StackSettings, secrets: Credentials) -> dict[str, Any]:
    """The hook takes scheme and port from the connection; the SQL connector only speaks http with a whole address."""
    from lakeloop.config import load_target

    path = load_target("local").warehouse_http_path
    return {
        "conn_type": "databricks",
        "schema": "http",
        "host": "127.0.0.1",
        "port": settings.localbricks_port,
        "password": secrets.databricks_token,
        "extra": {
            "_connection_uri": f"http://127.0.0.1:{settings.localbricks_port}{path}",
            "enable_telemetry": False,
        },
    }


def _aws_connection(settings: StackSettings, secrets: Credentials, region: str) -> dict[str, Any]:
    return {
        "conn_type": "aws",
        "login": secrets.aws_access_key_id,
        "password": secrets.aws_secret_access_key,
        "extra": {"endpoint_url": f"http://127.0.0.1:{settings.s3_port}", "region_name": region},
    }
