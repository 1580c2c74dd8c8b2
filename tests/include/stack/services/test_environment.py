"""What clients get, and that a shell reads it as it is."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pyspark.sql.connect.client.core import DefaultChannelBuilder
from sqlalchemy import create_engine, text

from lakeloop_stack.machine.settings import read_settings
from lakeloop_stack.services.credentials import credentials
from lakeloop_stack.services.environment import client_environment, shell_lines

HARD = {"A": "it's", "B": 'say "x" $HOME `id` \\ ;#', "C": "", "D": "two\nlines", "E": "ä %s !x"}


@pytest.fixture
def variables(home: Path) -> dict[str, str]:
    return client_environment(read_settings(s3_port=9701, localbricks_port=9702), credentials(home))


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_reads_every_value_unchanged(shell: str) -> None:
    script = f"{shell_lines(HARD)}\nenv -0"
    told = subprocess.run(
        [shell, "-c", script], env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True
    )
    seen = dict(entry.split("=", 1) for entry in told.stdout.decode().split("\0") if entry)
    assert {name: seen[name] for name in HARD} == HARD


def test_the_names_that_clients_look_for_are_there(variables: dict[str, str]) -> None:
    wanted = """LAKELOOP_HOME LAKELOOP_TARGET DATABRICKS_HOST DATABRICKS_TOKEN AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID
        AWS_SECRET_ACCESS_KEY AWS_REGION AWS_DEFAULT_REGION MLFLOW_TRACKING_URI MLFLOW_S3_ENDPOINT_URL SPARK_REMOTE
        AIRFLOW_HOME AIRFLOW__CORE__DAGS_FOLDER AIRFLOW__CORE__EXECUTOR AIRFLOW__API_AUTH__JWT_SECRET
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN AIRFLOW_CONN_DATABRICKS_DEFAULT AIRFLOW_CONN_AWS_DEFAULT
        DBT_PROFILES_DIR DBT_PROJECT_DIR PYTHONPATH PATH"""
    assert set(wanted.split()) <= set(variables)


def test_connections_name_the_ports_in_use(variables: dict[str, str]) -> None:
    databricks = json.loads(variables["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    aws = json.loads(variables["AIRFLOW_CONN_AWS_DEFAULT"])
    assert (databricks["schema"], databricks["host"], databricks["port"]) == ("http", "127.0.0.1", 9702)
    assert databricks["extra"]["_connection_uri"].startswith("http://127.0.0.1:9702/sql/")
    assert databricks["password"] == variables["DATABRICKS_TOKEN"]
    assert aws["extra"]["endpoint_url"] == variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9701"


def test_airflow_waits_a_minute_for_another_writer(home: Path, tmp_path: Path) -> None:
    (tmp_path / "airflow").mkdir()
    settings = read_settings(home=tmp_path)
    url = client_environment(settings, credentials(home))["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    with create_engine(url).connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 60_000
    assert (tmp_path / "airflow" / "airflow.db").is_file()


def test_every_address_is_loopback(variables: dict[str, str]) -> None:
    addresses = [value for value in variables.values() if value.startswith(("http://", "sc://"))]
    assert len(addresses) >= 6
    assert all(urlsplit(address).hostname in ("127.0.0.1", "localhost") for address in addresses)


def test_sparks_address_carries_the_token_that_its_server_asks_for(variables: dict[str, str]) -> None:
    address = DefaultChannelBuilder(variables["SPARK_REMOTE"])
    assert (address.endpoint, address.token) == ("localhost:15002", variables["DATABRICKS_TOKEN"])


def test_programs_of_this_environment_come_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    path = client_environment(read_settings(), credentials(home))["PATH"].split(":")
    assert (Path(path[0]) / "dbt").exists()
    assert path[1:] == ["/usr/bin"]
