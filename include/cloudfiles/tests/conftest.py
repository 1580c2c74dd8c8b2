"""A folder of files on each kind of storage, and the reader of a stream over it."""

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pyspark.sql.types import StringType, StructField, StructType

from pyspark_cloudfiles.files import storage
from pyspark_cloudfiles.options import Options
from pyspark_cloudfiles.schema import arrow_schema, stream_schema
from pyspark_cloudfiles.source import CloudFilesReader

Reader = Callable[..., CloudFilesReader]


class Folder:
    """A folder to put files into, whatever holds it; `uri` is what a stream is told."""

    def __init__(self, uri: str, put: Callable[[str, bytes], None]) -> None:
        self.uri, self.put = uri, put


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of a moto server, which the code under test finds through the AWS_* variables."""
    names = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in ({"AWS_ENDPOINT_URL": s3_endpoint} | names).items():
        monkeypatch.setenv(name, value)
    storage._client.cache_clear()
    yield boto3.client("s3")
    storage._client.cache_clear()


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"b{uuid4().hex}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """An empty folder, once on a disk and once on S3."""
    if request.param == "disk":
        return Folder((tmp_path / "in").as_uri(), _write(tmp_path / "in"))
    s3, bucket = request.getfixturevalue("s3"), request.getfixturevalue("bucket")
    return Folder(f"s3://{bucket}/in", lambda n, c: s3.put_object(Bucket=bucket, Key=f"in/{n}", Body=c))


def _write(root: Path) -> Callable[[str, bytes], None]:
    def put(name: str, content: bytes) -> None:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (1_500_000_000, 1_500_000_000))  # all in one moment: only their names differ

    return put


@pytest.fixture
def reader(folder: Folder) -> Reader:
    """Makes the reader of a stream over `folder`, as a new process would."""

    def inner(hints: str = "a bigint, b string", **options: str) -> CloudFilesReader:
        given = {
            "path": folder.uri,
            "cloudfiles.format": "json",
            "cloudfiles.schemalocation": folder.uri.removesuffix("in") + "schema",
            "cloudfiles.schemahints": hints,
        }
        parsed = Options.parse(given | options)
        return CloudFilesReader(parsed, stream_schema(parsed))

    return inner


@pytest.fixture
def parsed() -> Callable[..., list[dict[str, Any]]]:
    """Parses the bytes of one file with the given hints; returns its rows."""
    from pyspark_cloudfiles.ddl import parse
    from pyspark_cloudfiles.files.storage import FileInfo
    from pyspark_cloudfiles.parsing.parser import RowParser

    def inner(content: bytes, hints: str, path: str = "s3://b/f", **options: str) -> list[dict[str, Any]]:
        given = {"path": "/p", "cloudfiles.format": "json", "cloudfiles.schemalocation": "/s"}
        parsed = Options.parse(given | options)
        rescued = StructField(parsed.rescued_column, StringType())
        schema = arrow_schema(StructType([*parse(hints).fields, rescued]), parsed)
        file = FileInfo(path, modified=0)
        batches = RowParser(schema, parsed).batches(BytesIO(content), file)
        return [row for batch in batches for row in batch.to_pylist()]

    return inner
