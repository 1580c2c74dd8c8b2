"""Where paths and addresses lead: one rule for the workspace and for its tasks.

A module of its own, of the standard library alone: a task imports from this folder, and nothing else of ours.
"""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

# Of the 255 that a disk allows: the file of a notebook has a suffix.
MOST_NAME_BYTES = 240
MOST_PATH_BYTES = 2000
NOTEBOOK_RUNS = "notebook_runs"
"""Folder of the notebooks that a notebook has run, in its own run folder."""
SESSION_FILE = "session_id"
"""Beside each of them, the id of its session on the Connect server: the workspace ends it with the task."""
PROTECTED = ("/", "/Users", "/Shared", "/Repos")
"""Workspace folders that nobody can remove."""
S3_SCHEMES = ("s3://", "s3a://", "s3n://")


class PathError(ValueError):
    """A path that no object can have; the message names it."""


def workspace_file(root: Path, path: str) -> Path:
    """The file below `root` of a workspace path; ``/Workspace/Shared/x`` and ``/Shared/x`` are one object.

    Raises PathError for a path that is not absolute, that leaves the workspace, or that no disk can keep.
    """
    if not path.startswith("/"):
        raise PathError(f"{path!r} is not absolute; workspace paths begin with /")
    parts = PurePosixPath(path).parts[1:]
    if ".." in parts:
        raise PathError(f'{path!r} leaves the workspace: it contains ".."')
    _require_names(path, parts)
    return root.joinpath(*parts[1:] if parts[:1] == ("Workspace",) else parts)


def _require_names(path: str, names: Sequence[str]) -> None:
    try:
        longest = max((len(name.encode()) for name in names), default=0)
    except UnicodeEncodeError as error:
        raise PathError(f"{path!r} is no text: it holds half of a surrogate pair") from error
    if "\0" in path:
        raise PathError(f"{path!r} holds a zero byte")
    if longest > MOST_NAME_BYTES or len(path.encode()) > MOST_PATH_BYTES:
        raise PathError(
            f"{path[:80]!r}... is too long: a name may have {MOST_NAME_BYTES} bytes, a path {MOST_PATH_BYTES}"
        )


def is_s3(uri: str) -> bool:
    """Whether the address is of an S3 object, in any of the spellings that Hadoop knows."""
    return uri.startswith(S3_SCHEMES)


def bucket_and_key(uri: str) -> tuple[str, str]:
    """``("bucket", "a/b#1.csv")`` of ``s3://bucket/a/b#1.csv``; a key may hold what other addresses treat specially."""
    bucket, _, key = uri.partition("://")[2].partition("/")
    return bucket, key


def workspace_root() -> Path:
    """The workspace's folder, in the process of a task."""
    return Path(os.environ["LOCALBRICKS_WORKSPACE"])
