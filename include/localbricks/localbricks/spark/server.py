"""Start the Spark Connect server in the place of this process."""

import os
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from ..environment import LOOPBACK
from .companions import start_companion
from .conf import connect_conf, write_conf
from .home import lean_home
from .idle import end_idle_daemons
from .settings import SparkSettings
from .warmup import warm_up

MAIN_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
REQUIRED_JARS = ("delta-spark_", "hadoop-aws-", "derbynet-", "derbyclient-")


class ServerError(RuntimeError):
    """The Spark server cannot start; the message says what is missing and what to do."""


def connect_command(settings: SparkSettings) -> list[str]:
    """Return the command that runs the server in the foreground; its conf lies in SPARK_CONF_DIR."""
    return [str(_home(settings) / "bin" / "spark-submit"), "--class", MAIN_CLASS, "spark-internal"]


def spark_remote(port: int) -> str:
    """Address of the Connect server on this machine: pyspark sends a token without TLS to the name `localhost` only."""
    return f"sc://localhost:{port}"


def connect_environment(settings: SparkSettings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the given environment plus the conf folder, and Python for data sources and UDFs."""
    # A SPARK_REMOTE would turn the server into a client of itself.
    kept = {key: value for key, value in environment.items() if key not in ("SPARK_REMOTE", "SPARK_MASTER")}
    paths = [*settings.data_sources, environment.get("PYTHONPATH", "")]
    return kept | {
        "SPARK_HOME": str(_home(settings)),
        "SPARK_CONF_DIR": str(settings.state / "conf"),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_LOCAL_DIRS": str(settings.state / "local"),
        "PYSPARK_PYTHON": sys.executable,
        # glibc would keep an arena of freed memory for each of the JVM's 300 threads.
        "MALLOC_ARENA_MAX": "2",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }


def check(settings: SparkSettings) -> None:
    """Raise ServerError when Java or a jar is missing, or when a port is taken."""
    if not _java():
        raise ServerError(
            "java was not found on PATH or in JAVA_HOME; install Java 17 (openjdk-17-jre-headless)"
        )
    for prefix in REQUIRED_JARS:
        if not list(settings.jars.glob(f"{prefix}*.jar")):
            raise ServerError(
                f"no {prefix}*.jar in LOCALBRICKS_JARS={settings.jars}; fetch the jars of ivy.xml first"
            )
    if not settings.catalog_jar.is_file():
        raise ServerError(
            f"LOCALBRICKS_CATALOG_JAR={settings.catalog_jar} is not there; compile it first "
            "(localbricks.spark.catalog_jar, or lakeloop jars)"
        )
    for name, port in (
        ("LOCALBRICKS_SPARK_PORT", settings.port),
        ("LOCALBRICKS_DERBY_PORT", settings.derby_port),
    ):
        _check_free(name, port)


def run(settings: SparkSettings) -> NoReturn:
    """Replace this process by the server, so that signals reach the JVM; raises ServerError before that."""
    check(settings)
    os.umask(0o077)  # metastore, conf and what Spark spills are the owner's
    for folder in ("derby", "local", "conf"):
        (settings.state / folder).mkdir(parents=True, exist_ok=True)
    write_conf(connect_conf(settings), settings.state / "conf")
    lean_home(_home(settings))
    os.chdir(settings.state)
    table = f"file://{settings.state / 'warmup'}"  # Spark takes the escapes of as_uri() for part of the name
    start_companion(lambda server: warm_up(spark_remote(settings.port), server, table))
    start_companion(end_idle_daemons)
    command = connect_command(settings)
    os.execve(command[0], command, connect_environment(settings, os.environ))


def _home(settings: SparkSettings) -> Path:
    return settings.state / "home"


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").exists():
        return str(Path(home) / "bin" / "java")
    return shutil.which("java")


def _check_free(name: str, port: int) -> None:
    """Raise ServerError when another process listens on the port."""
    with socket.socket() as probe:
        # As servers do: a connection in TIME_WAIT, left by a killed predecessor, does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise ServerError(f"{name}={port} cannot be bound on {LOOPBACK}: {error.strerror}") from error
