"""Without a scorer, or without a registry, every call says what is missing."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from localbricks.app import create_app
from localbricks.settings import WorkspaceSettings
from localbricks_testing.workspace import workspace_settings

HEADERS = {"Authorization": "Bearer secret-token"}
CONFIG = {"served_entities": [{"entity_name": "m", "entity_version": "1"}]}
CALLS = [
    ("GET", "/api/2.0/serving-endpoints", None),
    ("POST", "/api/2.0/serving-endpoints", {"name": "a", "config": CONFIG}),
    ("GET", "/api/2.0/serving-endpoints/a", None),
    ("PUT", "/api/2.0/serving-endpoints/a/config", CONFIG),
    ("DELETE", "/api/2.0/serving-endpoints/a", None),
    ("GET", "/api/2.0/serving-endpoints/a/metrics", None),
    ("POST", "/serving-endpoints/a/invocations", {"instances": [[1]]}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
@pytest.mark.parametrize(
    ("given", "missing"),
    [({}, "LOCALBRICKS_SCORER"), ({"scorer": ("true",)}, "MLFLOW_REGISTRY_URI or MLFLOW_TRACKING_URI")],
)
def test_serving_that_is_off_says_what_is_missing(
    method: str, path: str, body: Any, given: dict[str, Any], missing: str, tmp_path: Path
) -> None:
    with TestClient(create_app(workspace_settings(tmp_path, **given))) as client:
        answer = client.request(method, path, json=body, headers=HEADERS)
    assert answer.status_code == 501
    assert answer.json()["error_code"] == "NOT_IMPLEMENTED"
    assert missing in answer.json()["message"]


def test_a_query_asks_for_the_token_too(tmp_path: Path) -> None:
    with TestClient(create_app(workspace_settings(tmp_path))) as client:
        assert client.post("/serving-endpoints/a/invocations", json={}).status_code == 401


@pytest.mark.parametrize(("command", "words"), [("", ()), ("'/a b/python' -m x", ("/a b/python", "-m", "x"))])
def test_the_scorers_command_is_split_as_a_shell_does(command: str, words: tuple[str, ...]) -> None:
    given = {"LOCALBRICKS_STATE": "/s", "LOCALBRICKS_TOKEN": "t", "LOCALBRICKS_JARS": "/j"}
    given |= {
        "LOCALBRICKS_CATALOG_JAR": "/c",
        "LOCALBRICKS_WAREHOUSE": "s3a://w",
        "LOCALBRICKS_SCORER": command,
    }
    settings = WorkspaceSettings.from_environment(given | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:5"})
    assert settings.scorer == words
    assert settings.registry == "http://127.0.0.1:5"
