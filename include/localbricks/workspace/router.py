"""The Workspace API 2.0. https://docs.databricks.com/api/workspace/workspace"""

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..api_errors import explain, invalid
from .files import WorkspaceFiles
from .formats import Format, Language, export, file_type, save

WorkspacePath = Annotated[str, Field(min_length=1)]


class ImportBody(BaseModel):
    """Body of ``import``; ``content`` is base64 in JSON and a file in a form."""

    model_config = ConfigDict(extra="forbid")
    path: WorkspacePath
    content: str | bytes
    format: Format = "SOURCE"
    language: Language | None = None
    overwrite: bool = False


class MkdirsBody(BaseModel):
    """Body of ``mkdirs``."""

    model_config = ConfigDict(extra="forbid")
    path: WorkspacePath


class DeleteBody(BaseModel):
    """Body of ``delete``."""

    model_config = ConfigDict(extra="forbid")
    path: WorkspacePath
    recursive: bool = False


def router(files: WorkspaceFiles) -> APIRouter:
    """Return the routes on these files."""
    routes = APIRouter(prefix="/api/2.0")
    _add_objects(routes, files)
    _add_folders(routes, files)
    return routes


def _add_objects(routes: APIRouter, files: WorkspaceFiles) -> None:
    @routes.post("/workspace/import")
    async def import_object(request: Request) -> dict[str, Any]:
        body = await _import_body(request)
        content = _decoded(body.content)
        await run_in_threadpool(save, files, body.path, content, body.format, body.language, body.overwrite)
        return {}

    @routes.post("/workspace-files/import-file/{path:path}")
    async def import_file(path: str, request: Request, overwrite: bool = False) -> dict[str, Any]:
        await run_in_threadpool(save, files, f"/{path}", await request.body(), "AUTO", None, overwrite)
        return {}

    @routes.get("/workspace-files/{path:path}")
    def read_file(path: str) -> Response:
        return Response(export(files.find(f"/{path}"), "AUTO"), media_type="application/octet-stream")

    @routes.get("/workspace/export")
    def export_object(path: str, format: Format = "SOURCE", direct_download: bool = False) -> Any:
        entry = files.find(path)
        content = export(entry, format)
        if direct_download:
            return Response(content, media_type="application/octet-stream")
        return {"content": base64.b64encode(content).decode(), "file_type": file_type(entry, format)}

    @routes.get("/workspace/get-status")
    def get_status(path: str) -> dict[str, Any]:
        return files.find(path).status()

    @routes.post("/workspace/delete")
    def delete(body: DeleteBody) -> dict[str, Any]:
        files.delete(body.path, body.recursive)
        return {}


def _add_folders(routes: APIRouter, files: WorkspaceFiles) -> None:
    @routes.get("/workspace/list")
    def list_objects(path: str, notebooks_modified_after: int = 0) -> dict[str, Any]:
        found = [entry.status() for entry in files.children(path)]
        is_old = [
            entry["object_type"] == "NOTEBOOK" and entry["modified_at"] <= notebooks_modified_after
            for entry in found
        ]
        return {"objects": [entry for entry, old in zip(found, is_old, strict=True) if not old]}

    @routes.post("/workspace/mkdirs")
    def mkdirs(body: MkdirsBody) -> dict[str, Any]:
        files.make_folder(body.path)
        return {}


async def _import_body(request: Request) -> ImportBody:
    try:
        if "multipart/form-data" not in request.headers.get("content-type", ""):
            return ImportBody.model_validate_json(await request.body())
        fields: dict[str, Any] = {}
        for name, value in (await request.form()).items():
            fields[name] = value if isinstance(value, str) else await value.read()
        return ImportBody.model_validate(fields)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise invalid(explain(found)) from error


def _decoded(content: str | bytes) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise invalid(f"content: is no base64 ({error})") from error
