"""Starting the Spark server: what is checked before the JVM takes over."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql.connect.client.core import DefaultChannelBuilder

from localbricks.spark import ServerError, SettingsError, SparkSettings, server, spark_remote
from localbricks.spark.server import REQUIRED_JARS, check, connect_environment


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path) -> SparkSettings:
    jars = tmp_path / "jars"
    jars.mkdir()
    for prefix in REQUIRED_JARS:
        (jars / f"{prefix}1.jar").touch()
    catalog_jar = tmp_path / "catalog.jar"
    catalog_jar.touch()
    return SparkSettings(
        jars, catalog_jar, tmp_path / "state", "s3a://lake/warehouse", free_port(), free_port()
    )


def test_settings_come_from_the_environment() -> None:
    names = {
        "LOCALBRICKS_JARS": "/j",
        "LOCALBRICKS_CATALOG_JAR": "/c.jar",
        "LOCALBRICKS_STATE": "/s",
        "LOCALBRICKS_WAREHOUSE": "s3a://b/w",
    }
    settings = SparkSettings.from_environment(
        names | {"LOCALBRICKS_SPARK_PORT": "15999", "LOCALBRICKS_DATA_SOURCES": "/a:/b"}
    )
    assert (settings.port, settings.derby_port, settings.data_sources) == (15999, 15270, ("/a", "/b"))
    with pytest.raises(SettingsError, match="LOCALBRICKS_WAREHOUSE is not set"):
        SparkSettings.from_environment(
            {key: value for key, value in names.items() if key != "LOCALBRICKS_WAREHOUSE"}
        )
    with pytest.raises(SettingsError, match="LOCALBRICKS_DERBY_PORT is 'x'"):
        SparkSettings.from_environment(names | {"LOCALBRICKS_DERBY_PORT": "x"})


def test_a_missing_jar_is_named(settings: SparkSettings) -> None:
    check(settings)
    (settings.jars / "hadoop-aws-1.jar").unlink()
    with pytest.raises(ServerError, match=r"no hadoop-aws-\*\.jar"):
        check(settings)


def test_missing_classes_of_the_catalogs_are_named(settings: SparkSettings) -> None:
    settings.catalog_jar.unlink()
    with pytest.raises(ServerError, match=r"LOCALBRICKS_CATALOG_JAR=.*catalog.jar is not there; compile it"):
        check(settings)


def test_missing_java_is_named(settings: SparkSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ServerError, match="java was not found"):
        check(settings)


def test_a_taken_port_is_named(settings: SparkSettings) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", settings.derby_port))
        listener.listen()
        with pytest.raises(
            ServerError, match=f"LOCALBRICKS_DERBY_PORT={settings.derby_port} cannot be bound"
        ):
            check(settings)


def test_the_server_is_never_a_client_of_itself(settings: SparkSettings) -> None:
    environment = connect_environment(settings, {"SPARK_REMOTE": "sc://x", "AWS_REGION": "us-east-1"})
    assert "SPARK_REMOTE" not in environment
    assert environment["AWS_REGION"] == "us-east-1"


def test_a_token_without_tls_goes_to_the_name_localhost_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", "mine")
    address = DefaultChannelBuilder(spark_remote(15999))
    assert (address.endpoint, address.token) == ("localhost:15999", "mine")


def test_what_the_server_writes_is_its_users_alone(
    settings: SparkSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "check", lambda settings: None)  # of Java, which need not be here
    monkeypatch.setattr(server, "start_companion", lambda task: None)
    monkeypatch.setattr(os, "execve", lambda *command: None)
    monkeypatch.chdir(settings.state.parent)
    before = os.umask(0)
    try:
        server.run(settings)
        assert os.umask(0) == 0o077  # which the JVM inherits
    finally:
        os.umask(before)
    written = [path for path in settings.state.rglob("*") if not path.is_symlink()]
    assert (settings.state / "conf" / "spark-defaults.conf") in written
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_the_command_ends_with_one_line_when_it_cannot_start(tmp_path: Path) -> None:
    environment = os.environ | {
        "LOCALBRICKS_JARS": str(tmp_path),
        "LOCALBRICKS_CATALOG_JAR": str(tmp_path / "catalog.jar"),
        "LOCALBRICKS_STATE": str(tmp_path / "state"),
        "LOCALBRICKS_WAREHOUSE": "s3a://lake/warehouse",
    }
    command = [sys.executable, "-m", "localbricks.spark"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("spark: no delta-spark_*.jar in LOCALBRICKS_JARS=")
    assert "Traceback" not in done.stderr
