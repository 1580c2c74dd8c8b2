"""What dbt, MLflow and databricks-sdk learn from the Databricks connection."""

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from lakeloop_airflow.connection import workspace_access
from lakeloop_airflow.macros import workspace_variable
from tests.plugins.conftest import Workspace


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Any:
    def inner(**fields: Any) -> None:
        value = {"conn_type": "databricks", **fields}
        monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", json.dumps(value))

    return inner


def test_a_token_and_an_address_with_port(connection: Any) -> None:
    connection(schema="http", host="127.0.0.1", port=8443, password="secret-token")

    assert workspace_access().environment == {
        "DATABRICKS_HOST": "http://127.0.0.1:8443",
        "DATABRICKS_TOKEN": "secret-token",
        "DATABRICKS_CLIENT_ID": "",
        "DATABRICKS_CLIENT_SECRET": "",
        "DATABRICKS_AUTH_TYPE": "pat",
    }
    assert "secret-token" not in repr(workspace_access())
    assert workspace_variable("databricks_default", "DATABRICKS_HOST") == "http://127.0.0.1:8443"


@pytest.mark.parametrize("host", ["dbc-1.cloud.databricks.com", "https://dbc-1.cloud.databricks.com/"])
def test_a_service_principal(connection: Any, host: str) -> None:
    connection(host=host, login="client", password="secret", extra={"service_principal_oauth": True})

    access = workspace_access()

    assert access.url == "https://dbc-1.cloud.databricks.com"
    assert (access.client_id, access.client_secret, access.token) == ("client", "secret", "")
    assert access.environment["DATABRICKS_AUTH_TYPE"] == "oauth-m2m"
    assert "secret" not in repr(access)


def test_a_token_in_the_extra_as_the_provider_takes_it_too(connection: Any) -> None:
    connection(host="x.cloud.databricks.com", extra={"token": "t"})

    assert workspace_access().token == "t"


@pytest.mark.parametrize(
    "fields", [{"password": ""}, {"login": "me", "password": "p"}], ids=["nothing", "user"]
)
def test_another_way_to_log_in_is_refused_with_the_two_that_work(
    connection: Any, fields: dict[str, str]
) -> None:
    connection(host="x.cloud.databricks.com", **fields)

    with pytest.raises(AirflowFailException, match=r"neither a token .* nor a service principal"):
        workspace_access()


def test_without_a_host_it_says_so(connection: Any) -> None:
    connection(password="t")

    with pytest.raises(AirflowFailException, match="Connection databricks_default has no host"):
        workspace_access()


def test_the_sdk_gets_nothing_from_the_environment(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", "http://127.0.0.1:1")
    monkeypatch.setenv("DATABRICKS_TOKEN", "another")
    workspace.files["/x"] = "content"

    client = workspace_access().client()

    assert client.config.token == "token"
    assert client.workspace.export("/x").content
