"""Files and notebooks of the workspace, kept as plain files below one folder.

`/Workspace/x` and `/x` are one object. A notebook `/a/train` lies in `a/train.py` (source format) or `a/train.ipynb`,
so that code beside it can also be imported; what begins with Databricks' notebook header is a notebook, as there.
Its name has no suffix: `/a/train.py` is another object. https://docs.databricks.com/api/workspace/workspace/import
"""

import json
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from ..api_errors import ApiError, invalid
from ..notebooks.objects import HEADER, is_notebook, notebook_at
from ..runtime.localbricks_paths import PROTECTED, PathError, workspace_file

MOST_BYTES = 10 * 1024 * 1024
Kind = Literal["NOTEBOOK", "FILE", "DIRECTORY"]
Format = Literal["SOURCE", "AUTO", "RAW", "JUPYTER"]
DRAFT = ".localbricks-draft"


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
        entry = self._at(self.locate(path))
        if entry is None:
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"Path ({path}) doesn't exist.")
        return entry

    def children(self, path: str) -> list[Entry]:
        """Objects in a folder, by path; the object itself when it is no folder."""
        entry = self.find(path)
        if entry.kind != "DIRECTORY":
            return [entry]
        return [
            self._entry(child) for child in sorted(entry.file.iterdir()) if not child.name.endswith(DRAFT)
        ]

    def save(self, path: str, content: bytes, format: Format, overwrite: bool) -> None:
        """Write a notebook or a file, whole or not at all.

        Args:
            format: SOURCE or JUPYTER for a notebook of that name, RAW for a file, AUTO to look at the content and the
                suffix, which a notebook then loses.

        Raises:
            ApiError: 400 when it exists, is too large or is no notebook; 404 without a folder to lie in.
        """
        if len(content) > MOST_BYTES:
            raise ApiError(
                400, "MAX_NOTEBOOK_SIZE_EXCEEDED", f"{path}: {len(content):,} bytes, at most {MOST_BYTES:,}"
            )
        content = _with_header(content) if format == "SOURCE" else content
        file = self._file_for(path, content, format)
        replaced = self._replaced(file, content, path, overwrite)
        self._require_parent(file, path)
        draft = file.with_name(f".{uuid4().hex}{DRAFT}")
        draft.write_bytes(content)
        draft.replace(file)
        for old in replaced - {file}:
            old.unlink()

    def delete(self, path: str, recursive: bool) -> None:
        """Remove an object. Raises ApiError for none, for a folder that is not empty, and for a protected one."""
        entry = self.find(path)
        if entry.path in PROTECTED:
            raise ApiError(400, "DIRECTORY_PROTECTED", f"Folder {entry.path} is protected.")
        if entry.kind != "DIRECTORY":
            entry.file.unlink()
        elif any(entry.file.iterdir()) and not recursive:
            raise ApiError(
                400, "DIRECTORY_NOT_EMPTY", f"Folder ({path}) is not empty; set recursive to delete it."
            )
        else:
            shutil.rmtree(entry.file)

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it. Raises ApiError 400 where a file or notebook is in the way."""
        folder = self.locate(path)
        there = self._at(folder)
        if there is not None and there.kind != "DIRECTORY":
            raise ApiError(400, "RESOURCE_ALREADY_EXISTS", f"{path} is a {there.kind}.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise ApiError(
                400, "RESOURCE_ALREADY_EXISTS", f"{path}: a file is in the way ({error})."
            ) from error

    def _require_parent(self, file: Path, path: str) -> None:
        if not file.parent.is_dir():
            parent = path.rstrip("/").rsplit("/", 1)[0]
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"The parent folder ({parent}) does not exist.")

    def _file_for(self, path: str, content: bytes, format: Format) -> Path:
        """Where the object will lie. Raises ApiError 400 for content that does not fit its format."""
        place = self.locate(path)
        if place == self.root:
            raise invalid("path: / is the workspace itself")
        if format == "JUPYTER" or (format == "AUTO" and place.suffix == ".ipynb"):
            _require_jupyter(path, content)
        if format in ("SOURCE", "JUPYTER"):
            return place.with_name(place.name + (".py" if format == "SOURCE" else ".ipynb"))
        if format == "RAW" and _is_notebook(place, content):
            raise invalid(f"format: {path} would be a notebook in the local workspace; import it as AUTO")
        return place

    def _replaced(self, file: Path, content: bytes, path: str, overwrite: bool) -> set[Path]:
        """The files that make way. Raises ApiError 400 for an object that must not be replaced, or not by this."""
        kind: Kind = "NOTEBOOK" if _is_notebook(file, content) else "FILE"
        there = [self._entry(file)] if file.exists() else []
        same_name = self._at(file.with_name(file.stem) if kind == "NOTEBOOK" else file)
        there += [same_name] if same_name else []
        for entry in there:
            if entry.kind != kind:
                said = f"{entry.path} is a {entry.kind}, and {path} would be a {kind} in its place; delete it first."
                raise ApiError(400, "RESOURCE_ALREADY_EXISTS", said)
            if not overwrite:
                said = f"{path} already exists; set overwrite to replace it."
                raise ApiError(400, "RESOURCE_ALREADY_EXISTS", said)
        return {entry.file for entry in there}

    def _at(self, place: Path) -> Entry | None:
        """The object whose path leads to `place`."""
        if place.is_dir() or (place.is_file() and not is_notebook(place)):
            return self._entry(place)
        notebook = notebook_at(place) if place != self.root else None
        return self._entry(notebook) if notebook else None

    def _entry(self, file: Path) -> Entry:
        path = "/" + str(file.relative_to(self.root))
        if file.is_dir():
            return Entry("/" if path == "/." else path, "DIRECTORY", file)
        if is_notebook(file):
            return Entry(path.removesuffix(file.suffix), "NOTEBOOK", file)
        return Entry(path, "FILE", file)


def _with_header(source: bytes) -> bytes:
    """Source of a notebook, which begins with Databricks' header, as it is exported there."""
    return source if source.startswith(HEADER.encode()) else HEADER.encode() + b"\n" + source


def _is_notebook(file: Path, content: bytes) -> bool:
    """Whether this content makes a notebook of the file."""
    if file.suffix == ".ipynb":
        return True
    return file.suffix == ".py" and content.startswith(HEADER.encode())


def _require_jupyter(path: str, content: bytes) -> None:
    try:
        cells = json.loads(content)["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise invalid(f"content: {path} is no Jupyter notebook ({type(error).__name__}: {error})") from error
    if not isinstance(cells, list):
        raise invalid(
            f"content: {path} is no Jupyter notebook: cells is a {type(cells).__name__}, expected a list"
        )
