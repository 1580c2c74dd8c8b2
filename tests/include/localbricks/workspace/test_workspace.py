"""The Workspace API on a folder of files."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from include.localbricks import api_errors, workspace
from include.localbricks.workspace.formats import LIMIT_BYTES

SOURCE = b"# Databricks notebook source\n# MAGIC %md\n# MAGIC # Hi\n\n# COMMAND ----------\n\nprint(1)\n"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    app = FastAPI()
    api_errors.install(app)
    files = workspace.WorkspaceFiles(tmp_path / "workspace", "ann@example.com")
    app.include_router(workspace.router(files))
    client = TestClient(app)
    client.post("/api/2.0/workspace/mkdirs", json={"path": "/Shared/a"})
    return client


def put(client: TestClient, path: str, content: bytes, **more: object) -> tuple[int, str]:
    body = {"path": path, "content": base64.b64encode(content).decode(), **more}
    answer = client.post("/api/2.0/workspace/import", json=body)
    return answer.status_code, answer.json().get("error_code", "")


def get(client: TestClient, what: str, path: str, **more: object) -> Any:
    return client.get(f"/api/2.0/workspace/{what}", params={"path": path, **more}).json()  # type: ignore[dict-item]


def exported(client: TestClient, path: str, form: str) -> bytes:
    return base64.b64decode(get(client, "export", path, format=form)["content"])


def listed(client: TestClient, path: str) -> list[str]:
    return [entry["path"] for entry in get(client, "list", path)["objects"]]


def test_the_usual_folders_are_there(client: TestClient) -> None:
    assert listed(client, "/") == ["/Shared", "/Users"]
    assert listed(client, "/Workspace/Users") == ["/Users/ann@example.com"]


def test_a_source_file_with_the_header_is_a_notebook_and_another_a_file(client: TestClient) -> None:
    assert put(client, "/Workspace/Shared/a/train.py", SOURCE, format="AUTO") == (200, "")
    assert put(client, "/Shared/a/module.py", b"x = 1\n", format="AUTO") == (200, "")
    notebook = get(client, "get-status", "/Workspace/Shared/a/train")
    assert (notebook["object_type"], notebook["language"], notebook["path"]) == (
        "NOTEBOOK",
        "PYTHON",
        "/Shared/a/train",
    )
    module = get(client, "get-status", "/Shared/a/module.py")
    assert (module["object_type"], module["size"]) == ("FILE", 6)
    assert get(client, "get-status", "/Shared/a/module")["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert listed(client, "/Shared/a") == ["/Shared/a/module.py", "/Shared/a/train"]
    assert listed(client, "/Shared/a/train") == ["/Shared/a/train"]


def test_an_objects_id_is_its_own_and_stays(client: TestClient) -> None:
    put(client, "/Shared/a/f", b"1", format="RAW")
    first = get(client, "get-status", "/Shared/a/f")["object_id"]
    put(client, "/Shared/a/f", b"2", format="RAW", overwrite=True)
    assert get(client, "get-status", "/Workspace/Shared/a/f")["object_id"] == first
    assert get(client, "get-status", "/Shared/a")["object_id"] != first


def test_a_source_import_becomes_a_notebook_of_its_language(client: TestClient) -> None:
    assert put(client, "/Shared/a/q", b"SELECT 1", language="SQL") == (200, "")
    assert exported(client, "/Shared/a/q", "SOURCE") == b"-- Databricks notebook source\nSELECT 1"
    assert get(client, "get-status", "/Shared/a/q")["language"] == "SQL"
    assert put(client, "/Shared/a/n.py", b"print(1)") == (200, "")
    assert listed(client, "/Shared/a") == ["/Shared/a/n", "/Shared/a/q"]
    assert put(client, "/Shared/a/m", b"print(1)") == (400, "INVALID_PARAMETER_VALUE")


def test_a_notebook_is_exported_in_either_format(client: TestClient) -> None:
    put(client, "/Shared/a/n", SOURCE, language="PYTHON")
    assert exported(client, "/Shared/a/n", "SOURCE") == SOURCE
    as_jupyter = exported(client, "/Shared/a/n", "JUPYTER")
    cells = json.loads(as_jupyter)["cells"]
    assert [(cell["cell_type"], cell["source"]) for cell in cells] == [
        ("markdown", ["# Hi"]),
        ("code", ["print(1)"]),
    ]
    put(client, "/Shared/a/j.ipynb", as_jupyter, format="JUPYTER")
    assert listed(client, "/Shared/a") == ["/Shared/a/j", "/Shared/a/n"]
    assert exported(client, "/Shared/a/j", "SOURCE") == SOURCE
    assert exported(client, "/Shared/a/j", "AUTO") == as_jupyter
    direct = client.get("/api/2.0/workspace/export", params={"path": "/Shared/a/n", "direct_download": True})
    assert direct.content == SOURCE


def test_a_notebook_that_changes_its_format_stays_one_object(client: TestClient) -> None:
    put(client, "/Shared/a/n", SOURCE, language="PYTHON")
    jupyter = json.dumps({"cells": [], "nbformat": 4}).encode()
    assert put(client, "/Shared/a/n", jupyter, format="JUPYTER") == (400, "RESOURCE_ALREADY_EXISTS")
    assert put(client, "/Shared/a/n", jupyter, format="JUPYTER", overwrite=True) == (200, "")
    assert listed(client, "/Shared/a") == ["/Shared/a/n"]
    assert exported(client, "/Shared/a/n", "JUPYTER") == jupyter


def test_nothing_is_overwritten_unasked(client: TestClient) -> None:
    assert put(client, "/Shared/a/f.txt", b"1", format="RAW") == (200, "")
    assert put(client, "/Shared/a/f.txt", b"2", format="RAW") == (400, "RESOURCE_ALREADY_EXISTS")
    assert exported(client, "/Shared/a/f.txt", "AUTO") == b"1"
    assert put(client, "/Shared/a/f.txt", b"2", format="RAW", overwrite=True) == (200, "")
    assert exported(client, "/Shared/a/f.txt", "AUTO") == b"2"
    assert put(client, "/Shared/a", b"2", format="RAW", overwrite=True) == (400, "RESOURCE_ALREADY_EXISTS")


def test_a_form_with_a_file_is_an_import_too(client: TestClient) -> None:
    fields = {"path": "/Shared/a/w.whl", "format": "AUTO", "overwrite": "true"}
    answer = client.post("/api/2.0/workspace/import", data=fields, files={"content": b"\x00\xff"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert exported(client, "/Shared/a/w.whl", "AUTO") == b"\x00\xff"


def test_raw_bytes_are_imported_and_read_under_their_path(client: TestClient) -> None:
    url = "/api/2.0/workspace-files/import-file/Workspace/Shared/a/x.bin"
    assert client.post(url, content=b"\x00").json() == {}
    assert client.post(url, content=b"\x01").json()["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert client.post(url, params={"overwrite": "true"}, content=b"\x01").json() == {}
    assert client.get("/api/2.0/workspace-files/Shared/a/x.bin").content == b"\x01"


def test_what_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/api/2.0/workspace-files/import-file/Shared/a/x", content=b"x" * (LIMIT_BYTES + 1))
    assert (answer.status_code, answer.json()["error_code"]) == (400, "MAX_NOTEBOOK_SIZE_EXCEEDED")
    assert listed(client, "/Shared/a") == []


def test_a_folder_that_is_not_empty_is_deleted_only_recursively(client: TestClient) -> None:
    put(client, "/Shared/a/f.txt", b"1", format="RAW")
    kept = client.post("/api/2.0/workspace/delete", json={"path": "/Shared/a"})
    assert (kept.status_code, kept.json()["error_code"]) == (400, "DIRECTORY_NOT_EMPTY")
    assert (
        client.post("/api/2.0/workspace/delete", json={"path": "/Shared/a", "recursive": True}).json() == {}
    )
    assert get(client, "get-status", "/Shared/a")["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    root = client.post("/api/2.0/workspace/delete", json={"path": "/Workspace", "recursive": True})
    assert root.json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_no_folder_is_made_below_a_file_or_beside_a_notebook_of_its_name(client: TestClient) -> None:
    put(client, "/Shared/a/f", b"1", format="RAW")
    put(client, "/Shared/a/n", SOURCE, language="PYTHON")
    for path in ("/Shared/a/f", "/Shared/a/f/deep", "/Shared/a/n/deep"):
        answer = client.post("/api/2.0/workspace/mkdirs", json={"path": path}).json()
        assert answer["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert client.post("/api/2.0/workspace/mkdirs", json={"path": "/Shared/a"}).json() == {}


def test_only_notebooks_modified_after_a_time_are_listed(client: TestClient) -> None:
    put(client, "/Shared/a/n", SOURCE, language="PYTHON")
    put(client, "/Shared/a/f", b"1", format="RAW")
    modified = get(client, "get-status", "/Shared/a/n")["modified_at"]
    for after, expected in ((modified - 1, ["/Shared/a/f", "/Shared/a/n"]), (modified, ["/Shared/a/f"])):
        found = get(client, "list", "/Shared/a", notebooks_modified_after=after)["objects"]
        assert [entry["path"] for entry in found] == expected


@pytest.mark.parametrize("path", ["relative", "/Shared/../../etc/passwd", "/../x", "/a\0b", "/" + "x" * 300])
def test_a_path_out_of_the_workspace_is_refused(client: TestClient, path: str) -> None:
    assert put(client, path, b"x", format="RAW") == (400, "INVALID_PARAMETER_VALUE")
    assert get(client, "get-status", path)["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"path": "/x", "content": "", "fromat": "RAW"}, "fromat: unknown field"),
        ({"content": ""}, "path: Field required"),
        ({"path": "/x"}, "content: Field required"),
        ({"path": "/x", "content": "%", "format": "RAW"}, "content: is no base64"),
        (
            {"path": "/x", "content": "", "format": "DBC"},
            "format: Input should be 'SOURCE', 'AUTO', 'RAW' or",
        ),
        ({"path": "/x", "content": "e30=", "format": "JUPYTER"}, "content: /x is no Jupyter notebook"),
    ],
)
def test_a_malformed_body_is_answered_with_the_field(
    client: TestClient, body: dict[str, str], message: str
) -> None:
    answer = client.post("/api/2.0/workspace/import", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert answer.json()["message"].startswith(message)


def test_the_folder_of_an_import_must_exist(client: TestClient) -> None:
    assert put(client, "/nope/f.txt", b"1", format="RAW") == (404, "RESOURCE_DOES_NOT_EXIST")
    assert put(client, "/Shared/a/f", b"1", format="RAW") == (200, "")
    assert put(client, "/Shared/a/f/g", b"1", format="RAW") == (404, "RESOURCE_DOES_NOT_EXIST")
