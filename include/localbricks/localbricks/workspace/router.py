"""The Workspace API 2.0. https://docs.databricks.com/api/workspace/workspace"""

import base64
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..api_errors import explain, invalid
from .files import Format, WorkspaceFiles

PREFIX = "/api/2.0/workspace"


class ImportBody(BaseModel):
    """Body of ``import``; `content` is base64 in JSON and a file in a form."""

    model_config = ConfigDict(extra="forbid")
    path: Annotated[str, Field(min_length=1)]
    content: str | bytes = b""
    format: Format = "SOURCE"
    language: Literal["PYTHON", "SQL", "SCALA", "R"] | None = None
    overwrite: bool = False


class MkdirsBody(BaseModel):
    """Body of ``mkdirs``."""

    model_config = ConfigDict(extra="forbid")
    path: str


class DeleteBody(BaseModel):
    """Body of ``delete``."""

    model_config = ConfigDict(extra="forbid")
    path: str
    recursive: bool = False


def router(files: WorkspaceFiles) -> APIRouter:
    """The routes on these files."""
    routes = APIRouter(prefix=PREFIX)

    @routes.post("/import")
    async def import_object(request: Request) -> dict[str, Any]:
        body = await _import_body(request)
        if body.language not in (None, "PYTHON"):
            raise invalid(
                f"language: {body.language} notebooks are not supported by the local workspace, only PYTHON"
            )
        if body.format == "SOURCE" and body.language is None:
            raise invalid("language: it is missing, and is required when format is SOURCE")
        files.save(body.path, _decoded(body.content), body.format, body.overwrite)
        return {}

    @routes.get("/export")
    def export_object(path: str, format: Format = "SOURCE", direct_download: bool = False) -> Response:
        file = _exported(files, path, format)
        if direct_download:
            return FileResponse(file, media_type="application/octet-stream")
        text = base64.b64encode(file.read_bytes()).decode()
        return JSONResponse({"content": text, "file_type": file.suffix.removeprefix(".")})

    @routes.get("/list")
    def list_objects(path: str) -> dict[str, Any]:
        return {"objects": [entry.status() for entry in files.children(path)]}

    @routes.get("/get-status")
    def get_status(path: str) -> dict[str, Any]:
        return files.find(path).status()

    @routes.post("/mkdirs")
    def mkdirs(body: MkdirsBody) -> dict[str, Any]:
        files.make_folder(body.path)
        return {}

    @routes.post("/delete")
    def delete(body: DeleteBody) -> dict[str, Any]:
        files.delete(body.path, body.recursive)
        return {}

    return routes


async def _import_body(request: Request) -> ImportBody:
    try:
        if "multipart/form-data" not in request.headers.get("content-type", ""):
            return ImportBody.model_validate_json(await request.body())
        fields: dict[str, Any] = {}
        for name, value in (await request.form()).items():
            fields[name] = value if isinstance(value, str) else await value.read()
        return ImportBody.model_validate(fields)
    except ValidationError as error:
        raise invalid(explain(error.errors())) from error


def _decoded(content: str | bytes) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except ValueError as error:
        raise invalid(f"content: is no base64 ({error})") from error


def _exported(files: WorkspaceFiles, path: str, wanted: str) -> Path:
    entry = files.find(path)
    if entry.kind == "DIRECTORY":
        raise invalid(f"path: {path} is a directory; export its objects one by one")
    is_jupyter = entry.file.suffix == ".ipynb"
    if entry.kind == "NOTEBOOK" and wanted in ("SOURCE", "JUPYTER") and is_jupyter != (wanted == "JUPYTER"):
        raise invalid(
            f"format: {path} is kept as {'JUPYTER' if is_jupyter else 'SOURCE'} and is not converted"
        )
    return entry.file
