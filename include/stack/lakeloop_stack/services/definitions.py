"""The services of the stack: how each is started, when it is ready, and what must be ready before it."""

import os
import shlex
from collections.abc import Mapping

from lakeloop.config import load_target, target_names
from localbricks.java_properties import properties

from ..jars import Jars
from ..machine.home import Home
from ..machine.java import java_program
from ..machine.processes import SERVICE, STACK
from ..machine.settings import ROOT, StackSettings
from .airflow_environment import airflow_url
from .credentials import Credentials
from .environment import client_environment, workspace_url
from .probes import Answers, Beats, Healthy, Listens
from .realtime import VARIABLES as REALTIME
from .realtime import realtime_services
from .service import LONGEST_STOP_SECONDS, MODULE, Service

# Variables with these prefixes come from the stack's own settings only, whatever the user's shell has.
OWN_PREFIXES = (
    "AIRFLOW",
    "AWS_",
    "DATABRICKS_",
    "DBT_",
    "KAFKA_",
    "LAKELOOP_",
    "LOCALBRICKS_",
    "MLFLOW_",
    "PYSPARK_",
    "REDIS_",
    "SPARK_",
)
# What only Airflow gets of the variables for clients. The others, and with them the tasks of the workspace, have what
# their like on Databricks has: no secrets of Airflow, no target but the one that a job is told.
ORCHESTRATION = ("AIRFLOW", "DBT_", "LAKELOOP_")
# Without bytecode files each start would compile thousands of modules again.
OWN_NAMES = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


def services(settings: StackSettings, secrets: Credentials, jars: Jars) -> list[Service]:
    """All services of the stack; Kafka and Redis among them where the settings ask for real time."""
    home = Home(settings.home)
    return [
        _s3(settings, home, jars),
        _spark(settings, secrets, home, jars),
        _localbricks(settings, secrets, home, jars),
        _mlflow(settings, home),
        *_airflow(settings),
        *(realtime_services(settings, secrets, jars) if settings.realtime else ()),
    ]


def service_environment(settings: StackSettings, secrets: Credentials, service: Service) -> dict[str, str]:
    """The whole environment of one service: the user's, cleaned; what clients get; its own variables; its mark."""
    return {
        **_inherited(os.environ),
        **_shared(settings, secrets, service),
        "PYTHONUNBUFFERED": "1",
        # In the locale "C" Java cannot open a file whose name is not ASCII.
        "LC_ALL": "C.UTF-8",
        # Without it a process that sets its title overwrites its environment in /proc, and with that its mark.
        "SPT_NOENV": "1",
        **service.environment,
        STACK: str(settings.home),
        SERVICE: service.name,
    }


def _shared(settings: StackSettings, secrets: Credentials, service: Service) -> dict[str, str]:
    of_clients = client_environment(settings, secrets).items()
    left_out = (*(() if service.orchestrates else ORCHESTRATION), *(() if service.streams else REALTIME))
    return {name: value for name, value in of_clients if not name.startswith(left_out)}


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(OWN_PREFIXES) and name not in OWN_NAMES
    }


def s3_conf(settings: StackSettings, secrets: Credentials) -> str:
    """The S3 server's properties file: objects are plain files, their metadata extended attributes."""
    lines = {
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.endpoint": f"http://127.0.0.1:{settings.s3_port}",
        "s3proxy.identity": secrets.aws_access_key_id,
        "s3proxy.credential": secrets.aws_secret_access_key,
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": str(Home(settings.home).s3),
    }
    return properties(lines)


def _s3(settings: StackSettings, home: Home, jars: Jars) -> Service:
    conf = home.supervisor / "s3proxy.conf"
    url = f"http://127.0.0.1:{settings.s3_port}"
    return Service(
        name="s3",
        command=(
            java_program(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-jar",
            str(jars.s3proxy),
            "--properties",
            str(conf),
        ),
        probe=Answers(url),
        port=settings.s3_port,
    )


def _spark(settings: StackSettings, secrets: Credentials, home: Home, jars: Jars) -> Service:
    return Service(
        name="spark",
        command=(*MODULE, "localbricks.spark"),
        # Derby listens once the first statement has opened the metastore: more than an open port.
        probe=Listens((settings.spark_port, settings.derby_port)),
        after=("bucket",),
        environment={
            **_localbricks_variables(settings, secrets, jars),
            "LOCALBRICKS_STATE": str(home.spark),
            "LOCALBRICKS_SPARK_MEMORY": settings.spark_memory,
        },
        port=settings.spark_port,
        stop_seconds=LONGEST_STOP_SECONDS,
    )


def _localbricks(settings: StackSettings, secrets: Credentials, home: Home, jars: Jars) -> Service:
    workspace_secrets = home.root / "workspace-secrets.json"
    return Service(
        name="localbricks",
        command=(*MODULE, "localbricks"),
        probe=Healthy(f"{workspace_url(settings)}/health"),
        environment={
            **_localbricks_variables(settings, secrets, jars),
            "LOCALBRICKS_STATE": str(home.localbricks),
            "LOCALBRICKS_HOST": "127.0.0.1",
            "LOCALBRICKS_PORT": str(settings.localbricks_port),
            "LOCALBRICKS_TOKEN": secrets.databricks_token,
            "LOCALBRICKS_SCORER": shlex.join((*MODULE, "oipscorer")),
            # Its threads each fetch results of some megabytes; glibc would keep what each once held.
            "MALLOC_ARENA_MAX": "2",
            **({"LOCALBRICKS_SECRETS": str(workspace_secrets)} if workspace_secrets.exists() else {}),
        },
        port=settings.localbricks_port,
        url=workspace_url(settings),
        alone=False,
        streams=True,
    )


def _localbricks_variables(settings: StackSettings, secrets: Credentials, jars: Jars) -> dict[str, str]:
    return {
        "LOCALBRICKS_JARS": str(jars.spark),
        "LOCALBRICKS_CATALOG_JAR": str(jars.catalog),
        "LOCALBRICKS_CATALOGS": ",".join(_catalogs()),
        "LOCALBRICKS_WAREHOUSE": f"s3a://{load_target('local').bucket}/warehouse",
        "LOCALBRICKS_SPARK_PORT": str(settings.spark_port),
        "LOCALBRICKS_DERBY_PORT": str(settings.derby_port),
        # Spark's own name: its server asks for this token, and the clients that inherit it give it.
        "SPARK_CONNECT_AUTHENTICATE_TOKEN": secrets.databricks_token,
        "LOCALBRICKS_DATA_SOURCES": str(ROOT / "include" / "cloudfiles"),
    }


def _catalogs() -> list[str]:
    """The local target's catalog, which is the workspace's default, and beside it the other targets'."""
    return list(dict.fromkeys(load_target(name).catalog for name in ("local", *target_names())))


def _mlflow(settings: StackSettings, home: Home) -> Service:
    url = f"http://127.0.0.1:{settings.mlflow_port}"
    store = f"sqlite:///{home.mlflow}/mlflow.db"
    artifacts = f"s3://{load_target('local').bucket}/mlflow"
    return Service(
        name="mlflow",
        command=(
            *(*MODULE, "mlflow", "server", "--host", "127.0.0.1"),
            *("--port", str(settings.mlflow_port), "--workers", "1"),
            *("--backend-store-uri", store, "--artifacts-destination", artifacts),
        ),
        probe=Healthy(f"{url}/health"),
        # Its jobs evaluate language models; they would cost eight processes of 250 MB.
        environment={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        port=settings.mlflow_port,
        url=url,
        cwd=home.mlflow,
    )


def _airflow(settings: StackSettings) -> list[Service]:
    url = airflow_url(settings)
    # Airflow's log servers listen on all interfaces; here the api-server reads the files themselves.
    return [
        Service(
            name="airflow-api-server",
            command=_airflow_command("api-server"),
            probe=Healthy(f"{url}/api/v2/monitor/health"),
            orchestrates=True,
            streams=True,
            after=("airflow-db",),
            port=settings.airflow_port,
            url=url,
        ),
        Service(
            name="airflow-scheduler",
            command=_airflow_command("scheduler", "--skip-serve-logs"),
            probe=Beats(url, "scheduler"),
            orchestrates=True,
            streams=True,
            # Not after the api-server: a task that starts before it answers asks again.
            after=("airflow-db",),
            alone=False,
        ),
        Service(
            name="airflow-dag-processor",
            command=_airflow_command("dag-processor"),
            probe=Beats(url, "dag_processor"),
            orchestrates=True,
            streams=True,
            after=("airflow-db", "dbt-manifest"),
        ),
        Service(
            name="airflow-triggerer",
            command=_airflow_command("triggerer", "--skip-serve-logs"),
            probe=Beats(url, "triggerer"),
            orchestrates=True,
            streams=True,
            after=("airflow-db",),
        ),
    ]


def _airflow_command(*arguments: str) -> tuple[str, ...]:
    return (*MODULE, "airflow", *arguments)
