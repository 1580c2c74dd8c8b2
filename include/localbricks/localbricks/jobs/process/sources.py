"""Files that a task names: in the workspace, on this machine, or in S3."""

from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit


class SetupError(Exception):
    """A task cannot start; ``code`` is Databricks' termination code."""

    def __init__(self, message: str, code: str = "RESOURCE_NOT_FOUND") -> None:
        super().__init__(message)
        self.code = code


def workspace_path(root: Path, path: str) -> Path:
    """Return the file of a workspace path; ``/Workspace/Shared/x`` and ``/Shared/x`` are the same object.

    Raises SetupError when the path leaves the workspace.
    """
    parts = [part for part in PurePosixPath(path).parts if part != "/"]
    if parts[:1] == ["Workspace"]:
        parts = parts[1:]
    if ".." in parts:
        raise SetupError(f'{path} contains ".."; expected an absolute path of the workspace')
    return root.joinpath(*parts)


def fetch(root: Path, uri: str, downloads: Path) -> Path:
    """Return a local file with the content of ``uri``; raises SetupError naming it when there is none."""
    scheme = urlsplit(uri).scheme
    if scheme in ("s3", "s3a", "s3n"):
        return _download(uri, downloads)
    if scheme == "file":
        path = Path(urlsplit(uri).path)
    elif uri.startswith("/"):
        path = workspace_path(root, uri)
    else:
        raise SetupError(f"{uri} is neither a workspace path (/Workspace/...), nor file:/..., nor s3://...")
    if not path.is_file():
        where = "on this machine" if scheme == "file" else "in the workspace"
        raise SetupError(f"{uri} does not exist {where}, or is not a file")
    return path


def _download(uri: str, folder: Path) -> Path:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    parts = urlsplit(uri)
    target = folder / PurePosixPath(parts.path).name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        boto3.client("s3").download_file(parts.netloc, parts.path.lstrip("/"), str(target))
    except (BotoCoreError, ClientError) as error:
        raise SetupError(f"{uri} cannot be read: {error}", "STORAGE_ACCESS_ERROR") from error
    return target
