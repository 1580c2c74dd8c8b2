"""Files and notebooks of the workspace, kept as plain files below one folder.

`/Workspace/x` and `/x` are one object. A notebook `/a/train` lies in `a/train.py` (source format) or `a/train.ipynb`,
so that code beside it can also be imported; what begins with Databricks' notebook header is a notebook, as there.
"""

import os
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..api_errors import ApiError, invalid
from ..notebooks.kernel.localbricks_paths import PathError, workspace_file
from ..notebooks.source import HEADER, SUFFIXES

MOST_BYTES = 10 * 1024 * 1024
Kind = Literal["NOTEBOOK", "FILE", "DIRECTORY"]


@dataclass(frozen=True)
class Entry:
    """One object: its workspace path, what it is, and where it lies."""

    path: str
    kind: Kind
    file: Path

    def status(self) -> dict[str, Any]:
        """As the API's get-status answers."""
        stat = self.file.stat()
        answer: dict[str, Any] = {
            "path": self.path,
            "object_type": self.kind,
            "object_id": zlib.crc32(self.path.encode()),
            "resource_id": str(zlib.crc32(self.path.encode())),
        }
        if self.kind == "DIRECTORY":
            return answer
        answer["created_at"], answer["modified_at"] = int(stat.st_ctime * 1000), int(stat.st_mtime * 1000)
        if self.kind == "NOTEBOOK":
            answer["language"] = "PYTHON"
        else:
            answer["size"] = stat.st_size
        return answer


class WorkspaceFiles:
    """The objects below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)

    def locate(self, path: str) -> Path:
        """Where a path lies. Raises ApiError 400 for one that is not absolute or leaves the workspace."""
        try:
            return workspace_file(self.root, path)
        except PathError as error:
            raise invalid(f"path: {error}") from error

    def find(self, path: str) -> Entry:
        """The object at a path. Raises ApiError 404."""
        file = self.locate(path)
        for candidate in (file, *(file.with_name(file.name + suffix) for suffix in SUFFIXES)):
            if candidate.exists():
                entry = self._entry(candidate)
                if candidate == file or entry.kind == "NOTEBOOK":
                    return entry
        raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"Path ({path}) doesn't exist.")

    def children(self, path: str) -> list[Entry]:
        """Objects in a folder, by path; the object itself when it is no folder."""
        entry = self.find(path)
        if entry.kind != "DIRECTORY":
            return [entry]
        return [
            self._entry(child) for child in sorted(entry.file.iterdir()) if not child.name.startswith(".")
        ]

    def save(self, path: str, content: bytes, kind: str, overwrite: bool) -> None:
        """Write a notebook or a file, whole or not at all. Raises ApiError 400 when it exists or is too large.

        Args:
            kind: SOURCE or JUPYTER for a notebook, RAW for a file, AUTO to look at the content.
        """
        if len(content) > MOST_BYTES:
            raise ApiError(
                400, "MAX_NOTEBOOK_SIZE_EXCEEDED", f"{path}: {len(content):,} bytes, at most {MOST_BYTES:,}"
            )
        file = self._target(self.locate(path), content, kind)
        if file.is_dir():
            raise ApiError(400, "RESOURCE_ALREADY_EXISTS", f"{path} is a directory.")
        if file.exists() and not overwrite:
            raise ApiError(
                400, "RESOURCE_ALREADY_EXISTS", f"{path} already exists; set overwrite to replace it."
            )
        self._require_parent(file, path)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(file)

    def delete(self, path: str, recursive: bool) -> None:
        """Remove an object. Raises ApiError for none, or for a folder that is not empty."""
        entry = self.find(path)
        if entry.kind != "DIRECTORY":
            entry.file.unlink()
        elif any(entry.file.iterdir()) and not recursive:
            raise ApiError(
                400, "DIRECTORY_NOT_EMPTY", f"Folder ({path}) is not empty; set recursive to delete it."
            )
        else:
            shutil.rmtree(entry.file)

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it. Raises ApiError 400 where a file is in the way."""
        try:
            self.locate(path).mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ApiError(
                400, "RESOURCE_ALREADY_EXISTS", f"{path}: a file is in the way ({error})."
            ) from error

    def _require_parent(self, file: Path, path: str) -> None:
        if not file.parent.is_dir():
            parent = path.rstrip("/").rsplit("/", 1)[0]
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"The parent folder ({parent}) does not exist.")

    def _target(self, file: Path, content: bytes, kind: str) -> Path:
        if kind == "JUPYTER" and file.suffix != ".ipynb":
            return file.with_name(file.name + ".ipynb")
        if kind == "SOURCE" and file.suffix != ".py":
            return file.with_name(file.name + ".py")
        return file

    def _entry(self, file: Path) -> Entry:
        path = "/" + str(file.relative_to(self.root))
        if file.is_dir():
            return Entry("/" if path == "/." else path, "DIRECTORY", file)
        if file.suffix == ".ipynb" or (file.suffix == ".py" and _has_header(file)):
            return Entry(path.removesuffix(file.suffix), "NOTEBOOK", file)
        return Entry(path, "FILE", file)


def _has_header(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(HEADER)) == HEADER.encode()
