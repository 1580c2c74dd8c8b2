"""The Workspace API on a folder of files."""

import base64
import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from localbricks import api_errors, workspace

SOURCE = b"# Databricks notebook source\nprint(1)\n"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    app = FastAPI()
    api_errors.install(app)
    app.include_router(workspace.router(workspace.WorkspaceFiles(tmp_path / "workspace")))
    client = TestClient(app)
    client.post("/api/2.0/workspace/mkdirs", json={"path": "/Shared/a"})
    return client


def put(client: TestClient, path: str, content: bytes, **more: object) -> tuple[int, str]:
    body = {"path": path, "content": base64.b64encode(content).decode(), **more}
    answer = client.post("/api/2.0/workspace/import", json=body)
    return answer.status_code, answer.json().get("error_code", "")


def status(client: TestClient, path: str) -> dict[str, object]:
    return client.get("/api/2.0/workspace/get-status", params={"path": path}).json()


def test_a_source_file_with_the_header_is_a_notebook_and_another_a_file(client: TestClient) -> None:
    assert put(client, "/Workspace/Shared/a/train.py", SOURCE, format="AUTO") == (200, "")
    assert put(client, "/Shared/a/module.py", b"x = 1\n", format="AUTO") == (200, "")
    assert status(client, "/Shared/a/train")["object_type"] == "NOTEBOOK"
    assert status(client, "/Shared/a/module.py")["object_type"] == "FILE"
    assert status(client, "/Shared/a/module")["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    listed = client.get("/api/2.0/workspace/list", params={"path": "/Shared/a"}).json()["objects"]
    assert [o["path"] for o in listed] == ["/Shared/a/module.py", "/Shared/a/train"]


@pytest.mark.parametrize("name", ["a\0b", "x" * 241, "half of \ud83d", "/".join(["deep"] * 500)])
def test_a_name_that_no_disk_can_keep_is_400(client: TestClient, name: str) -> None:
    bodies = {"mkdirs": {}, "delete": {}, "import": {"format": "RAW"}}
    for route, more in bodies.items():
        body = json.dumps({"path": f"/Shared/{name}", **more})
        headers = {"Content-Type": "application/json"}
        answer = client.post(f"/api/2.0/workspace/{route}", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json()["message"].startswith(("path: ", "Invalid JSON"))


def test_the_longest_name_is_kept(client: TestClient) -> None:
    assert put(client, f"/Shared/{'x' * 240}", SOURCE, format="SOURCE", language="PYTHON") == (200, "")


def test_content_that_is_no_base64_is_400(client: TestClient) -> None:
    body = {"path": "/Shared/a/x", "format": "RAW", "content": "é"}
    answer = client.post("/api/2.0/workspace/import", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("content: is no base64")


def test_what_is_imported_can_be_exported(client: TestClient) -> None:
    put(client, "/Shared/a/train", SOURCE, format="SOURCE", language="PYTHON")
    query = {"path": "/Shared/a/train", "format": "SOURCE"}
    answer = client.get("/api/2.0/workspace/export", params=query).json()
    assert base64.b64decode(answer["content"]) == SOURCE
    direct = client.get("/api/2.0/workspace/export", params=query | {"direct_download": True})
    assert direct.content == SOURCE
    wrong = client.get("/api/2.0/workspace/export", params=query | {"format": "JUPYTER"}).json()
    assert wrong["error_code"] == "INVALID_PARAMETER_VALUE"


def test_source_becomes_a_notebook_of_that_very_name(client: TestClient) -> None:
    assert put(client, "/Shared/a/train", b"print(1)", format="SOURCE", language="PYTHON") == (200, "")
    assert put(client, "/Shared/a/etl.py", b"print(2)", format="SOURCE", language="PYTHON") == (200, "")
    for path, line in (("/Shared/a/train", b"print(1)"), ("/Shared/a/etl.py", b"print(2)")):
        assert status(client, path)["object_type"] == "NOTEBOOK"
        exported = client.get("/api/2.0/workspace/export", params={"path": path, "direct_download": True})
        assert exported.content == b"# Databricks notebook source\n" + line
    assert put(client, "/Shared/a/x", b"1", format="SOURCE") == (
        400,
        "INVALID_PARAMETER_VALUE",
    )  # no language


def test_a_notebook_is_found_without_its_suffix_only(client: TestClient) -> None:
    put(client, "/Shared/a/train.py", SOURCE, format="AUTO")
    assert status(client, "/Shared/a/train")["object_type"] == "NOTEBOOK"
    assert status(client, "/Shared/a/train.py")["error_code"] == "RESOURCE_DOES_NOT_EXIST"


JUPYTER = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def test_a_notebook_is_replaced_whatever_the_format(client: TestClient) -> None:
    put(client, "/Shared/a/nb", SOURCE, format="SOURCE", language="PYTHON")
    assert put(client, "/Shared/a/nb", JUPYTER, format="JUPYTER") == (400, "RESOURCE_ALREADY_EXISTS")
    assert put(client, "/Shared/a/nb", JUPYTER, format="JUPYTER", overwrite=True) == (200, "")
    listed = client.get("/api/2.0/workspace/list", params={"path": "/Shared/a"}).json()["objects"]
    assert [o["path"] for o in listed] == ["/Shared/a/nb"]
    exported = client.get("/api/2.0/workspace/export", params={"path": "/Shared/a/nb", "format": "JUPYTER"})
    assert base64.b64decode(exported.json()["content"]) == JUPYTER
    client.post("/api/2.0/workspace/delete", json={"path": "/Shared/a/nb"})
    assert status(client, "/Shared/a/nb")["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_an_object_is_not_replaced_by_one_of_another_kind(client: TestClient) -> None:
    put(client, "/Shared/a/file", b"1", format="RAW")
    assert put(client, "/Shared/a/file", JUPYTER, format="JUPYTER", overwrite=True) == (
        400,
        "RESOURCE_ALREADY_EXISTS",
    )
    put(client, "/Shared/a/nb", JUPYTER, format="JUPYTER")
    assert put(client, "/Shared/a/nb", b"1", format="RAW", overwrite=True) == (400, "RESOURCE_ALREADY_EXISTS")
    for path in ("/Shared/a/file", "/Shared/a/nb"):
        made = client.post("/api/2.0/workspace/mkdirs", json={"path": path})
        assert made.json()["error_code"] == "RESOURCE_ALREADY_EXISTS"


def test_what_is_no_notebook_is_not_imported_as_one(client: TestClient) -> None:
    assert put(client, "/Shared/a/nb", b"{", format="JUPYTER") == (400, "INVALID_PARAMETER_VALUE")
    assert put(client, "/Shared/a/nb.ipynb", b'{"cells": 1}', format="AUTO") == (
        400,
        "INVALID_PARAMETER_VALUE",
    )
    assert put(client, "/Shared/a/nb.py", SOURCE, format="RAW") == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("path", ["/", "/Workspace", "/Shared"])
def test_folders_that_are_always_there_are_not_deleted(client: TestClient, path: str) -> None:
    answer = client.post("/api/2.0/workspace/delete", json={"path": path, "recursive": True})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "DIRECTORY_PROTECTED")
    assert status(client, "/Shared/a")["object_type"] == "DIRECTORY"


def test_hidden_files_are_listed_as_any_other(client: TestClient) -> None:
    put(client, "/Shared/a/.gitignore", b"*.pyc", format="AUTO")
    listed = client.get("/api/2.0/workspace/list", params={"path": "/Shared/a"}).json()["objects"]
    assert [o["path"] for o in listed] == ["/Shared/a/.gitignore"]


def test_nothing_lies_where_the_workspace_is(client: TestClient) -> None:
    assert put(client, "/", SOURCE, format="SOURCE", language="PYTHON") == (400, "INVALID_PARAMETER_VALUE")


def test_nothing_is_overwritten_unasked(client: TestClient) -> None:
    assert put(client, "/Shared/a/f.txt", b"1", format="RAW") == (200, "")
    assert put(client, "/Shared/a/f.txt", b"2", format="RAW") == (400, "RESOURCE_ALREADY_EXISTS")
    assert put(client, "/Shared/a/f.txt", b"2", format="RAW", overwrite=True) == (200, "")


def test_a_folder_that_is_not_empty_is_deleted_only_recursively(client: TestClient) -> None:
    put(client, "/Shared/a/f.txt", b"1", format="RAW")
    kept = client.post("/api/2.0/workspace/delete", json={"path": "/Shared/a"}).json()
    assert kept["error_code"] == "DIRECTORY_NOT_EMPTY"
    client.post("/api/2.0/workspace/delete", json={"path": "/Shared/a", "recursive": True})
    assert status(client, "/Shared/a")["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("path", ["relative", "/Shared/../../etc/passwd", "/../x"])
def test_a_path_out_of_the_workspace_is_refused(client: TestClient, path: str) -> None:
    assert put(client, path, b"x", format="RAW") == (400, "INVALID_PARAMETER_VALUE")


def test_a_malformed_body_is_answered_with_the_field(client: TestClient) -> None:
    answer = client.post("/api/2.0/workspace/import", json={"path": "/x", "fromat": "RAW"})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("fromat: unknown field")
    assert put(client, "/nope/f.txt", b"1", format="RAW") == (404, "RESOURCE_DOES_NOT_EXIST")
