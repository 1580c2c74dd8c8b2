"""What every request meets: the token, the size limit, the shape of errors."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from localbricks.app import create_app
from localbricks.auth import BodyLimit
from localbricks.settings import WorkspaceSettings
from localbricks.spark import SettingsError
from localbricks_testing.workspace import workspace_settings

HEADERS = {"Authorization": "Bearer secret-token"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = workspace_settings(tmp_path)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def error(answer: Any) -> tuple[int, str, str]:
    assert set(answer.json()) == {"error_code", "message"}
    return answer.status_code, answer.json()["error_code"], answer.json()["message"]


def test_health_needs_no_token_and_says_whether_spark_answers(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok", "spark": False}


@pytest.mark.parametrize("header", [None, "Basic c2VjcmV0", "Bearer ", "Bearer"])
def test_a_missing_token_is_401(client: TestClient, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    status, code, message = error(client.get("/api/2.2/jobs/list", headers=headers))
    assert (status, code) == (401, "UNAUTHENTICATED")
    assert "Authorization: Bearer" in message


def test_a_wrong_token_is_403(client: TestClient) -> None:
    answer = client.get("/api/2.2/jobs/list", headers={"Authorization": "Bearer secret-tokem"})
    assert error(answer) == (403, "PERMISSION_DENIED", "Invalid access token.")


def test_a_wrong_token_learns_nothing_about_routes(client: TestClient) -> None:
    assert client.get("/api/2.0/nothing", headers={"Authorization": "Bearer x"}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/2.0/clusters/list"),
        ("DELETE", "/api/2.2/jobs/list"),
        ("POST", "/nothing"),
        ("PUT", "/api/2.0/x"),
    ],
)
def test_a_route_that_is_not_there_is_501_by_name(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, headers=HEADERS)
    assert error(answer) == (
        501,
        "NOT_IMPLEMENTED",
        f"{method} {path} is not implemented by the local workspace",
    )


@pytest.mark.parametrize("version", ["2.0", "2.1", "2.2"])
def test_a_malformed_body_is_400_naming_the_field(client: TestClient, version: str) -> None:
    body = {"tasks": [{"task_key": "a", "spark_python_task": {"python_fiel": "/a.py"}}]}
    status, code, message = error(client.post(f"/api/{version}/jobs/runs/submit", json=body, headers=HEADERS))
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "tasks.0.spark_python_task.python_file: Field required" in message
    assert "tasks.0.spark_python_task.python_fiel: unknown field" in message


@pytest.mark.parametrize(
    ("content", "expected"),
    [("{", "body: not JSON"), ("[]", "body: expected a JSON object"), ("", "tasks: Field required")],
)
def test_a_body_that_is_no_object_is_400(client: TestClient, content: str, expected: str) -> None:
    answer = client.post("/api/2.2/jobs/runs/submit", content=content, headers=HEADERS)
    assert error(answer)[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert expected in error(answer)[2]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[" * 100_000, "body: not JSON: maximum recursion depth"),
        (b'{"name": "half of \\ud83d"}', "body: not JSON: 'utf-8' codec can't encode"),
        (b'{"name": "a", "schedule": "daily"}', "schedule: Input should be a valid dictionary"),
        (b'{"name": "a", "timeout_seconds": 1%d}' % 10**12, "timeout_seconds: Input should be less than"),
    ],
)
def test_a_body_that_nothing_can_keep_is_400(client: TestClient, content: bytes, expected: str) -> None:
    status, code, message = error(client.post("/api/2.2/jobs/create", content=content, headers=HEADERS))
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert message.startswith(expected)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/2.2/jobs/get?job_id=", "job_id"),
        ("/api/2.2/jobs/runs/get?run_id=", "run_id"),
        ("/api/2.2/jobs/runs/list?job_id=", "job_id"),
        ("/api/2.2/jobs/runs/list?start_time_from=", "start_time_from"),
        ("/api/2.2/jobs/runs/list?page_token=", "page_token"),
        ("/api/2.2/jobs/runs/list?offset=", "offset"),
        ("/api/2.2/jobs/list?page_token=", "page_token"),
        ("/runs/", "run_id"),
        ("/?offset=", "offset"),
    ],
)
@pytest.mark.parametrize("number", ["1" * 30, "-" + "1" * 30, "%C2%B2"])
def test_a_number_that_nothing_can_keep_is_400(
    client: TestClient, path: str, field: str, number: str
) -> None:
    answer = client.get(path + number, headers={**HEADERS, "Host": "127.0.0.1"})
    status, code, message = error(answer)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert message.startswith(f"{field}: ")


def test_a_query_that_does_not_match_is_400_naming_the_parameter(client: TestClient) -> None:
    answer = client.get("/api/2.2/jobs/runs/get", params={"run_id": "seven"}, headers=HEADERS)
    assert error(answer)[2].startswith("run_id: Input should be a valid integer")


def test_a_get_may_send_its_parameters_as_a_body(client: TestClient) -> None:
    answer = client.request("GET", "/api/2.2/jobs/runs/get", json={"run_id": 7}, headers=HEADERS)
    assert error(answer) == (400, "INVALID_PARAMETER_VALUE", "Run 7 does not exist.")


def test_unknown_jobs_are_named(client: TestClient) -> None:
    for route in ("run-now", "delete", "reset"):
        body: dict[str, Any] = {"job_id": 7, **({"new_settings": {}} if route == "reset" else {})}
        answer = client.post(f"/api/2.2/jobs/{route}", json=body, headers=HEADERS)
        assert error(answer) == (400, "INVALID_PARAMETER_VALUE", "Job 7 does not exist.")


def test_jobs_are_listed_by_name_and_page(client: TestClient) -> None:
    for name in ("a", "b", "A"):
        client.post("/api/2.2/jobs/create", json={"name": name}, headers=HEADERS)
    found = client.get(
        "/api/2.2/jobs/list", params={"name": "a", "expand_tasks": "False"}, headers=HEADERS
    ).json()
    assert [job["settings"]["name"] for job in found["jobs"]] == ["A", "a"]
    page = client.get("/api/2.2/jobs/list", params={"limit": 2, "page_token": ""}, headers=HEADERS).json()
    assert [job["settings"]["name"] for job in page["jobs"]] == ["A", "b"]
    token = page["next_page_token"]
    page = client.get("/api/2.2/jobs/list", params={"limit": 2, "page_token": token}, headers=HEADERS).json()
    assert [job["settings"]["name"] for job in page["jobs"]] == ["a"]
    assert "next_page_token" not in page


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_413(declared: bool) -> None:
    app = FastAPI()
    from localbricks import api_errors

    api_errors.install(app)

    @app.post("/")
    @app.post("/api/2.0/workspace/import")
    async def read(request: Request) -> int:
        return len(await request.body())

    app.add_middleware(BodyLimit, limit=10)
    client = TestClient(app)
    send = (lambda size: b"x" * size) if declared else (lambda size: iter([b"x"] * size))
    assert client.post("/", content=send(10)).json() == 10
    assert error(client.post("/", content=send(11)))[:2] == (413, "INVALID_PARAMETER_VALUE")
    answer = client.post("/api/2.0/workspace/import", content=send(11))
    assert error(answer)[:2] == (413, "MAX_NOTEBOOK_SIZE_EXCEEDED")


def test_settings_name_what_is_missing_and_hide_the_token() -> None:
    settings = WorkspaceSettings.from_environment({**GIVEN, "LOCALBRICKS_PORT": "9"})
    assert settings.url == "http://127.0.0.1:9"
    assert "secret-token" not in repr(settings)
    for name in GIVEN:
        rest = {key: value for key, value in GIVEN.items() if key != name}
        with pytest.raises(SettingsError, match=f"{name} is not set"):
            WorkspaceSettings.from_environment(rest)
    with pytest.raises(SettingsError, match="LOCALBRICKS_PORT is 'x'"):
        WorkspaceSettings.from_environment({**GIVEN, "LOCALBRICKS_PORT": "x"})


GIVEN = {
    "LOCALBRICKS_STATE": "/state",
    "LOCALBRICKS_TOKEN": "secret-token",
    "LOCALBRICKS_JARS": "/jars",
    "LOCALBRICKS_CATALOG_JAR": "/catalog.jar",
    "LOCALBRICKS_WAREHOUSE": "s3a://lake/warehouse",
}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "workspace.example.com"])
def test_only_this_machine_may_be_served(host: str) -> None:
    with pytest.raises(SettingsError, match=rf"LOCALBRICKS_HOST is '{host}'; expected a loopback address"):
        WorkspaceSettings.from_environment({**GIVEN, "LOCALBRICKS_HOST": host})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8443"),
        ("127.0.0.2", "http://127.0.0.2:8443"),
        ("::1", "http://[::1]:8443"),
        ("localhost", "http://localhost:8443"),
    ],
)
def test_loopback_has_several_names(host: str, url: str) -> None:
    assert WorkspaceSettings.from_environment({**GIVEN, "LOCALBRICKS_HOST": host}).url == url


def test_every_answer_says_what_it_is(client: TestClient) -> None:
    for path in ("/", "/health", "/api/2.2/jobs/list"):
        assert client.get(path).headers["x-content-type-options"] == "nosniff"
