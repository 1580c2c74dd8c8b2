"""The Workspace API and the caller's identity, driven by the unmodified databricks-sdk, on a running stack."""

import base64
import io
from collections.abc import Iterator
from uuid import uuid4

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType

NOTEBOOK = b"# Databricks notebook source\nprint(1)\n"


@pytest.fixture
def folder(client: WorkspaceClient) -> Iterator[str]:
    path = f"/Users/conformance/{uuid4().hex[:8]}"
    client.workspace.mkdirs(path)
    yield path
    client.workspace.delete(path, recursive=True)


def test_me_is_somebody_with_an_address(client: WorkspaceClient) -> None:
    me = client.current_user.me()
    assert me.active
    assert "@" in (me.user_name or "")


def test_a_notebook_comes_back_as_it_was_imported(client: WorkspaceClient, folder: str) -> None:
    path, content = f"{folder}/train", base64.b64encode(NOTEBOOK).decode()
    client.workspace.import_(path, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON)
    found = client.workspace.get_status(path)
    assert (found.object_type, found.language) == (ObjectType.NOTEBOOK, Language.PYTHON)
    exported = client.workspace.export(path, format=ExportFormat.SOURCE)
    assert (base64.b64decode(exported.content or ""), exported.file_type) == (NOTEBOOK, "py")
    with client.workspace.download(path) as body:
        assert body.read() == NOTEBOOK


def test_a_file_keeps_its_name_and_its_type(client: WorkspaceClient, folder: str) -> None:
    path = f"{folder}/thresholds.yaml"
    client.workspace.upload(path, io.BytesIO(b"a: 1\n"), format=ImportFormat.RAW)
    found = client.workspace.get_status(path)
    assert (found.object_type, found.size) == (ObjectType.FILE, 5)
    assert client.workspace.export(path, format=ExportFormat.AUTO).file_type == "yaml"


def test_workspace_files_make_the_round_trip(client: WorkspaceClient, folder: str) -> None:
    path = f"{folder}/data.txt"
    long_path = f"/Workspace{path}"  # the same object
    client.workspace.upload(long_path, b"hello", format=ImportFormat.AUTO, overwrite=True)
    assert client.workspace.download(long_path).read() == b"hello"
    assert client.workspace.get_status(long_path).object_type == ObjectType.FILE
    assert {entry.path for entry in client.workspace.list(f"/Workspace{folder}")} == {path}
    client.workspace.delete(long_path)
    with pytest.raises(NotFound):
        client.workspace.get_status(long_path)


def test_what_lies_in_a_folder_is_listed_also_recursively(client: WorkspaceClient, folder: str) -> None:
    client.workspace.mkdirs(f"{folder}/inner")
    client.workspace.upload(f"{folder}/inner/a.txt", io.BytesIO(b"a"), format=ImportFormat.RAW)
    assert {item.path for item in client.workspace.list(folder)} == {f"{folder}/inner"}
    recursive = {item.path for item in client.workspace.list(folder, recursive=True)}
    assert f"{folder}/inner/a.txt" in recursive


def test_nothing_is_overwritten_unasked(client: WorkspaceClient, folder: str) -> None:
    path = f"{folder}/a.txt"
    client.workspace.upload(path, io.BytesIO(b"1"), format=ImportFormat.RAW)
    with pytest.raises(ResourceAlreadyExists, match=r"a\.txt"):
        client.workspace.upload(path, io.BytesIO(b"2"), format=ImportFormat.RAW)
    client.workspace.upload(path, io.BytesIO(b"2"), format=ImportFormat.RAW, overwrite=True)
    with client.workspace.download(path) as body:
        assert body.read() == b"2"


def test_a_folder_with_content_is_deleted_only_recursively(client: WorkspaceClient, folder: str) -> None:
    client.workspace.upload(f"{folder}/a.txt", io.BytesIO(b"1"), format=ImportFormat.RAW)
    with pytest.raises(BadRequest):
        client.workspace.delete(folder)
    assert client.workspace.get_status(f"{folder}/a.txt").size == 1


def test_what_is_not_there_is_named(client: WorkspaceClient, folder: str) -> None:
    with pytest.raises(NotFound, match="gone"):
        client.workspace.get_status(f"{folder}/gone")


def test_a_language_that_is_not_run_here_is_refused_by_name(client: WorkspaceClient, folder: str) -> None:
    with pytest.raises(InvalidParameterValue, match="SCALA"):
        client.workspace.import_(
            f"{folder}/x", content="", format=ImportFormat.SOURCE, language=Language.SCALA
        )
