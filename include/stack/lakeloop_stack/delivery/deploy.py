"""Puts the code of the jobs into a Databricks workspace: one folder per release, and a pointer that is switched last.

Speaks databricks-sdk only, so that the local workspace and a hosted one are deployed to in the same way. A run that is
under way keeps the release that it started with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from lakeloop.config import Target, wheel_name

from ..machine.settings import ROOT
from .releases import ReleaseStore
from .revision import revision, source_files
from .wheel import build_wheel

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

NOTEBOOKS = "jobs/notebooks"
CONFIGURATION = (
    "include/use_cases",
    "include/sources",
)  # for people to read; the jobs read those in the wheel


@dataclass(frozen=True)
class Deployed:
    """What one deployment did; `files` counts those that were uploaded, none when the release was there already."""

    folder: str
    version: str
    files: int
    removed: tuple[str, ...]

    def __str__(self) -> str:
        did = f"{self.files} files uploaded" if self.files else "was there already"
        gone = f"; removed {', '.join(self.removed)}" if self.removed else ""
        return f"{self.folder}: release {self.version} is current, {did}{gone}"


def deploy(client: "WorkspaceClient", build: Path, target: Target, root: Path = ROOT) -> Deployed:
    """Upload the release of the sources below `root` unless it is there, make it current, remove the oldest.

    A deployment that was interrupted leaves the release before current, and is completed by the next one.

    Args:
        build: folder in which the wheel is kept.
    """
    store, found = ReleaseStore(client, target), revision(root)
    files: dict[str, bytes] = {}
    if not store.whole(found.version):
        files = _release_files(root, build_wheel(build, root, found), found.version)
        for name, content in files.items():
            store.write(f"{target.release(found.version)}/{name}", content)
        store.write_manifest(
            found.version, {name: sha256(content).hexdigest() for name, content in files.items()}
        )
    store.switch(found.version)
    return Deployed(target.deployment, found.version, len(files), tuple(store.prune()))


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


def _release_files(root: Path, wheel: Path, version: str) -> dict[str, bytes]:
    """Content of every file by its name in the release's folder."""
    notebooks = {f"notebooks/{file.name}": file for file in source_files(root, (NOTEBOOKS,))}
    configuration = {
        f"{folder.rpartition('/')[2]}/{file.name}": file
        for folder in CONFIGURATION
        for file in source_files(root, (folder,))
    }
    files = {**notebooks, **configuration, wheel_name(version): wheel}
    return {name: file.read_bytes() for name, file in files.items()}
