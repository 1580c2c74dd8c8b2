"""Files and notebooks of the workspace, kept as plain files below one folder.

`/Workspace/x` and `/x` are one object. A notebook `/a/train` lies in `a/train.py` (source format, with Databricks'
header) or in `a/train.ipynb`; so code beside it can be imported, and what an object is follows from its file alone.
"""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from ..api_errors import ApiError, invalid
from ..notebooks.source import LANGUAGES, SUFFIXES, is_notebook

Kind = Literal["NOTEBOOK", "FILE", "DIRECTORY"]
# Of objects that are being written; they are in nobody's way.
DRAFT = ".draft~"


@dataclass(frozen=True)
class Entry:
    """One object: its workspace path, what it is, and where it lies."""

    path: str
    kind: Kind
    file: Path

    def status(self) -> dict[str, Any]:
        """Return what get-status answers; times in milliseconds since 1970, size in bytes."""
        stat = self.file.stat()
        number = int.from_bytes(hashlib.sha256(self.path.encode()).digest()[:6])
        answer: dict[str, Any] = {
            "path": self.path,
            "object_type": self.kind,
            "object_id": number,
            "resource_id": str(number),
        }
        if self.kind == "DIRECTORY":
            return answer
        times = {"created_at": int(stat.st_ctime * 1000), "modified_at": int(stat.st_mtime * 1000)}
        if self.kind == "NOTEBOOK":
            return answer | times | {"language": LANGUAGES[self.file.suffix.lower()]}
        return answer | times | {"size": stat.st_size}


class WorkspaceFiles:
    """The objects below ``root``; ``/Shared`` is there from the beginning, and the user's home."""

    def __init__(self, root: Path, user: str | None = None) -> None:
        self.root = root.resolve()
        for folder in ("Shared", *([f"Users/{user}"] if user else [])):
            (self.root / folder).mkdir(parents=True, exist_ok=True)

    def locate(self, path: str) -> Path:
        """Return where a path lies. Raises ApiError 400 for one that is not absolute or leaves the workspace."""
        parts = PurePosixPath(path).parts
        if not path.startswith("/") or "\0" in path:
            raise invalid(f"path: {path!r} is no absolute path of the workspace, like /Shared/x")
        if ".." in parts:
            raise invalid(f'path: {path!r} contains ".."')
        inside = [part for part in parts if not part.startswith("/")]
        return self.root.joinpath(*(inside[1:] if inside[:1] == ["Workspace"] else inside))

    def lookup(self, path: str) -> Entry | None:
        """Return the object at a path, None when there is none; a notebook's suffix may be named or not."""
        file = self.locate(path)
        with _short_enough(path):
            if file.exists():
                return self._entry(file)
            for candidate in (file.with_name(file.name + suffix) for suffix in SUFFIXES):
                if candidate.is_file() and is_notebook(candidate):
                    return self._entry(candidate)
        return None

    def find(self, path: str) -> Entry:
        """Return the object at a path. Raises ApiError 404."""
        entry = self.lookup(path)
        if entry is None:
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"Path ({path}) doesn't exist.")
        return entry

    def children(self, path: str) -> list[Entry]:
        """Return the objects in a folder, by path; the object itself when it is no folder."""
        entry = self.find(path)
        if entry.kind != "DIRECTORY":
            return [entry]
        files = [file for file in entry.file.iterdir() if not file.name.endswith(DRAFT)]
        return sorted((self._entry(file) for file in files), key=lambda child: child.path)

    def write(self, path: str, content: bytes, suffix: str = "", overwrite: bool = False) -> None:
        """Write an object, whole or not at all.

        Args:
            suffix: of a notebook's file, added to the path unless it ends so.

        Raises ApiError 400 when there is one already that may not be overwritten, 404 when there is no such folder.
        """
        file = self.locate(path if path.lower().endswith(suffix) else path + suffix)
        before = self.lookup(path) or self.lookup(path.removesuffix(suffix) if suffix else path)
        if before and before.kind == "DIRECTORY":
            raise ApiError(400, "RESOURCE_ALREADY_EXISTS", f"{path} is a directory.")
        if before and not overwrite:
            raise ApiError(
                400, "RESOURCE_ALREADY_EXISTS", f"{path} already exists; set overwrite to replace it."
            )
        if not file.parent.is_dir():
            parent = str(PurePosixPath(path).parent)
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"The parent folder ({parent}) does not exist.")
        with _short_enough(path):
            _replace(file, content)
        if before and before.file != file:
            # The same notebook in its other format.
            before.file.unlink(missing_ok=True)

    def delete(self, path: str, recursive: bool) -> None:
        """Remove an object. Raises ApiError 404 for none, 400 for a folder that is not empty."""
        entry = self.find(path)
        if entry.file == self.root:
            raise invalid("path: the workspace's root cannot be deleted")
        if entry.kind != "DIRECTORY":
            entry.file.unlink(missing_ok=True)
        elif any(entry.file.iterdir()) and not recursive:
            raise ApiError(
                400, "DIRECTORY_NOT_EMPTY", f"Folder ({path}) is not empty; set recursive to delete it."
            )
        else:
            shutil.rmtree(entry.file)

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it. Raises ApiError 400 where a file or notebook is in the way."""
        folder = self.locate(path)
        with _short_enough(path):
            above = [parent for parent in (folder, *folder.parents) if parent.is_relative_to(self.root)]
            for parent in above:
                entry = self.lookup("/" + parent.relative_to(self.root).as_posix())
                if entry and entry.kind != "DIRECTORY":
                    raise ApiError(
                        400, "RESOURCE_ALREADY_EXISTS", f"{entry.path} is a {entry.kind}, not a folder."
                    )
            folder.mkdir(parents=True, exist_ok=True)

    def _entry(self, file: Path) -> Entry:
        relative = file.relative_to(self.root)
        if file.is_dir():
            return Entry("/" if file == self.root else f"/{relative.as_posix()}", "DIRECTORY", file)
        if is_notebook(file):
            return Entry(f"/{relative.with_suffix('').as_posix()}", "NOTEBOOK", file)
        return Entry(f"/{relative.as_posix()}", "FILE", file)


def _replace(file: Path, content: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(dir=file.parent, suffix=DRAFT)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.chmod(draft, 0o644)
        os.replace(draft, file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@contextmanager
def _short_enough(path: str) -> Iterator[None]:
    """Turn what the file system says about a name's length into an answer that names the path."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise invalid(f"path: a name in {path[:80]!r}... is longer than 255 bytes") from error
