"""Where segments go: a folder, or a prefix of a bucket."""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from ..errors import SyncError
from ..log.files import sync_folder

SHA256 = "sha256"


class Destination(Protocol):
    """Takes whole files by name."""

    def put(self, name: str, content: bytes) -> bool:
        """False where these bytes are there already. Raises SyncError where others are, or it cannot be used."""
        ...


def destination_of(uri: str) -> Destination:
    """``file:///folder`` or ``s3://bucket/prefix``. Raises SyncError for anything else."""
    scheme, _, rest = uri.partition("://")
    if scheme == "file" and rest.startswith("/"):
        return FolderDestination(Path(unquote(rest)))
    bucket, _, prefix = rest.partition("/")
    if scheme == "s3" and bucket:
        return BucketDestination(bucket, prefix.strip("/"))
    raise SyncError(f"{uri} is no destination, expected file:///folder or s3://bucket/prefix")


class FolderDestination:
    """A file appears under its name when all of it is there; what is being written begins with a dot."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, content: bytes) -> bool:
        file = self._root / name
        made = file.with_name(f".{file.name}.new")
        try:
            if file.exists():
                _require_same(str(file), file.read_bytes(), content)
                return False
            file.parent.mkdir(parents=True, exist_ok=True)
            _written(made, content)
            made.rename(file)
            sync_folder(file.parent)
        except OSError as error:
            raise SyncError(f"{file} cannot be written: {error}") from None
        return True


class BucketDestination:
    """An object appears with its last byte, which S3 sees to. Address and keys are boto3's, from the environment."""

    def __init__(self, bucket: str, prefix: str) -> None:
        try:
            import boto3
        except ImportError:
            raise SyncError("s3:// needs pip install boto3") from None
        self._s3 = boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""

    def put(self, name: str, content: bytes) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        key = self._prefix + name
        try:
            there = self._there(key)
            if there is not None:
                _require_same(f"s3://{self._bucket}/{key}", there, content)
                return False
            self._send(key, content)
        except (BotoCoreError, ClientError) as error:
            raise SyncError(f"s3://{self._bucket}/{key} cannot be written: {error}") from None
        return True

    def _there(self, key: str) -> bytes | None:
        from botocore.exceptions import ClientError

        try:
            return bytes(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    def _send(self, key: str, content: bytes) -> None:
        digest: Any = hashlib.sha256(content)
        self._s3.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=content,
            ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
            Metadata={SHA256: digest.hexdigest()},
        )


def _written(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _require_same(where: str, there: bytes, content: bytes) -> None:
    if there != content:
        digests = [hashlib.sha256(one).hexdigest() for one in (there, content)]
        raise SyncError(
            f"{where} has the sha256 {digests[0]}, the segment {digests[1]}: it was left as it is"
        )
