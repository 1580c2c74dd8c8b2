"""The releases that a workspace holds: which there are, which is current, and which may go."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lakeloop.config import NoReleaseError, Releases, Target

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

KEPT = 3
MANIFEST = "release.json"  # written last: a folder without it is not a whole release
# A DAG run may have taken its release this long before the Databricks run that uses it began.
MARGIN = timedelta(days=1)


class ReleaseStore:
    """The folder ``<workspace root>/<target>`` of a workspace."""

    def __init__(self, client: "WorkspaceClient", target: Target) -> None:
        self._client = client
        self.target = target

    def pointer(self) -> Releases:
        """Which release became current when; empty before the first deployment."""
        content = self._read(self.target.pointer)
        return Releases() if content is None else Releases.model_validate_json(content)

    def switch(self, version: str) -> None:
        """Make `version` current for runs that start from now on. Raises NoReleaseError for one that is not there."""
        if not self.whole(version):
            there = ", ".join(self.versions()) or "none"
            raise NoReleaseError(f"{self.target.deployment} has no release {version}; there are: {there}")
        before = self.pointer()
        after = before.switched(version, datetime.now(UTC))
        if after != before:
            self.write(self.target.pointer, after.model_dump_json(indent=1).encode())

    def whole(self, version: str) -> bool:
        """Whether all files of the release are there."""
        return self._read(f"{self.target.release(version)}/{MANIFEST}") is not None

    def versions(self) -> list[str]:
        """The whole releases that are there, by name."""
        from databricks.sdk.errors import NotFound

        try:
            folders = [
                PurePosixPath(o.path or "").name for o in self._client.workspace.list(self.target.release(""))
            ]
        except NotFound:
            return []
        return sorted(version for version in folders if self.whole(version))

    def prune(self) -> list[str]:
        """Delete all but the newest three and those that an active run may use; returns what was deleted."""
        pointer, there = self.pointer(), self.versions()
        needed = {*_newest(pointer), *self._in_use(pointer)}
        gone = [version for version in there if version not in needed]
        if gone:
            # The pointer first: nothing may lead to a folder that is being deleted.
            kept = pointer.keeping(set(there) - set(gone))
            self.write(self.target.pointer, kept.model_dump_json(indent=1).encode())
        for version in gone:
            self._client.workspace.delete(self.target.release(version), recursive=True)
        return gone

    def _in_use(self, pointer: Releases) -> set[str]:
        """Releases that were current at any time since the target's oldest active run may have started."""
        runs = self._client.jobs.list_runs(active_only=True)
        ours = (run for run in runs if (run.run_name or "").startswith(self.target.run_prefix))
        started = [run.start_time or 0 for run in ours]
        if not started:
            return set()
        since = datetime.fromtimestamp(min(started) / 1000, UTC) - MARGIN
        return {pointer.at(since), *(switch.version for switch in pointer.switches if switch.since >= since)}

    def write(self, path: str, content: bytes) -> None:
        """Write one file of the workspace, and the folders above it."""
        from databricks.sdk.service.workspace import ImportFormat

        self._client.workspace.mkdirs(str(PurePosixPath(path).parent))
        # AUTO makes a notebook of a source file that says it is one, and a plain file of all else.
        self._client.workspace.import_(
            path, content=base64.b64encode(content).decode(), format=ImportFormat.AUTO, overwrite=True
        )

    def write_manifest(self, version: str, digests: dict[str, str]) -> None:
        """Say that the release is whole."""
        content = json.dumps(digests, indent=1, sort_keys=True).encode()
        self.write(f"{self.target.release(version)}/{MANIFEST}", content)

    def _read(self, path: str) -> bytes | None:
        from databricks.sdk.errors import NotFound
        from databricks.sdk.service.workspace import ExportFormat

        try:
            answer = self._client.workspace.export(path, format=ExportFormat.AUTO)
        except NotFound:
            return None
        return base64.b64decode(answer.content or "")


def _newest(pointer: Releases) -> list[str]:
    """The three that were current last, each named once."""
    newest_first = [switch.version for switch in reversed(pointer.switches)]
    return list(dict.fromkeys(newest_first))[:KEPT]
