"""What clients ask before their first real call."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from localbricks import identity


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(identity.router("somebody@example.com"))
    return TestClient(app, base_url="http://127.0.0.1:8443")


def test_me_is_the_user_of_the_workspace(client: TestClient) -> None:
    answer = client.get("/api/2.0/preview/scim/v2/Me")
    assert answer.json()["userName"] == "somebody@example.com"
    assert answer.headers["X-Databricks-Org-Id"] == identity.ORGANISATION


def test_the_workspace_says_that_it_is_one(client: TestClient) -> None:
    answer = client.get("/.well-known/databricks-config").json()
    assert answer["host_type"] == "workspace"
    assert answer["oidc_endpoint"].startswith("http://127.0.0.1:8443/")


def test_there_are_no_feature_flags(client: TestClient) -> None:
    answer = client.get("/api/2.0/connector-service/feature-flags/PYTHON/4.4.0").json()
    assert answer == {"flags": [], "ttl_seconds": 86400}


@pytest.mark.parametrize("path", ["/telemetry-ext", "/telemetry-unauth"])
def test_telemetry_is_taken_and_nothing_is_counted(client: TestClient, path: str) -> None:
    assert client.post(path, json={"protoLogs": ["x"]}).json()["numSuccess"] == 0
