"""Puts the code of the jobs into a Databricks workspace: the wheel, the notebooks and what they import.

Speaks databricks-sdk only, so that the local workspace and a hosted one are deployed to in the same way.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lakeloop.config import Target, load_target

from ..machine.settings import ROOT
from .revision import source_files
from .wheel import build_wheel

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

# What jobs may import, see docs/architecture.md; the local platform stays at home.
SOURCES = ("include/lakeloop", "include/sources", "include/use_cases", "jobs/notebooks")


@dataclass(frozen=True)
class Deployed:
    """What one deployment did; counts of files."""

    root: str
    uploaded: int
    unchanged: int
    deleted: int

    def __str__(self) -> str:
        return (
            f"{self.root}: {self.uploaded} files uploaded, {self.unchanged} unchanged, {self.deleted} deleted"
        )


def deploy(client: "WorkspaceClient", build: Path, target: Target | None = None) -> Deployed:
    """Upload the files that changed since the last deployment, and delete those that are gone.

    The workspace itself holds the record of what was deployed (``deployed.json``), written last: a deployment that
    was interrupted, or made from another machine, is completed by the next one.

    Args:
        build: folder in which the wheel is kept.
    """
    target = target or load_target()
    wanted = _wanted(target, build_wheel(build))
    record = f"{target.workspace_root}/deployed.json"
    before = _read_record(client, record)
    digests = {path: sha256(content).hexdigest() for path, content in wanted.items()}
    changed = [path for path, digest in digests.items() if before.get(path) != digest]
    gone = before.keys() - digests.keys()
    if changed or gone:
        _upload(client, {path: wanted[path] for path in changed})
        _delete(client, gone)
        _upload(client, {record: json.dumps(digests, indent=1).encode()})
    return Deployed(target.workspace_root, len(changed), len(wanted) - len(changed), len(gone))


def local_workspace(environment: Mapping[str, str]) -> "WorkspaceClient":
    """A client of the workspace that ``lakeloop env`` names."""
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.config import Config

    config = Config(
        host=environment["DATABRICKS_HOST"],
        token=environment["DATABRICKS_TOKEN"],
        auth_type="pat",
        config_file="/dev/null",
    )
    return WorkspaceClient(config=config)


def _wanted(target: Target, wheel: Path) -> dict[str, bytes]:
    """Content of every file by its workspace path."""
    files = {
        f"{target.workspace_root}/files/{file.relative_to(ROOT).as_posix()}": file.read_bytes()
        for file in source_files(ROOT, SOURCES)
    }
    return {target.wheel: wheel.read_bytes(), **files}


def _read_record(client: "WorkspaceClient", record: str) -> dict[str, str]:
    from databricks.sdk.errors import NotFound
    from databricks.sdk.service.workspace import ExportFormat

    try:
        answer = client.workspace.export(record, format=ExportFormat.AUTO)
    except NotFound:
        return {}
    return json.loads(base64.b64decode(answer.content or ""))


def _upload(client: "WorkspaceClient", files: Mapping[str, bytes]) -> None:
    from databricks.sdk.service.workspace import ImportFormat

    for folder in sorted({str(PurePosixPath(path).parent) for path in files}):
        client.workspace.mkdirs(folder)
    for path, content in files.items():
        # AUTO makes a notebook of a source file that says it is one, and a plain file of all else.
        client.workspace.import_(
            path, content=base64.b64encode(content).decode(), format=ImportFormat.AUTO, overwrite=True
        )


def _delete(client: "WorkspaceClient", paths: Iterable[str]) -> None:
    from databricks.sdk.errors import NotFound

    for path in paths:
        try:
            client.workspace.delete(_workspace_name(path))
        except NotFound:
            continue


def _workspace_name(path: str) -> str:
    """The name under which the workspace knows a file: a notebook loses its extension."""
    return path.removesuffix(".py") if "/jobs/notebooks/" in path else path
