"""Files that a task names: in the workspace, on this machine, or in S3."""

from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ...runtime.localbricks_paths import PathError, bucket_and_key, is_s3, workspace_file


class SetupError(Exception):
    """A task cannot start; ``code`` is Databricks' termination code."""

    def __init__(self, message: str, code: str = "RESOURCE_NOT_FOUND") -> None:
        super().__init__(message)
        self.code = code


def fetch(root: Path, uri: str, downloads: Path) -> Path:
    """Return a local file with the content of ``uri``; raises SetupError naming it when there is none."""
    on_this_machine = uri.startswith("file:")
    if is_s3(uri):
        return _download(uri, downloads)
    if on_this_machine:
        path = Path(urlsplit(uri).path)
    elif uri.startswith("/"):
        path = _in_workspace(root, uri)
    else:
        raise SetupError(f"{uri} is neither a workspace path (/Workspace/...), nor file:/..., nor s3://...")
    if not path.is_file():
        where = "on this machine" if on_this_machine else "in the workspace"
        raise SetupError(f"{uri} does not exist {where}, or is not a file")
    return path


def _in_workspace(root: Path, path: str) -> Path:
    try:
        return workspace_file(root, path)
    except PathError as error:
        raise SetupError(str(error)) from error


def _download(uri: str, folder: Path) -> Path:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, key = bucket_and_key(uri)
    target = folder / PurePosixPath(key).name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        boto3.client("s3").download_file(bucket, key, str(target))
    except (BotoCoreError, ClientError) as error:
        raise SetupError(f"{uri} cannot be read: {error}", "STORAGE_ACCESS_ERROR") from error
    return target
