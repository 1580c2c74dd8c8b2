"""A bucket behind a real HTTP server, and a log with segments to send."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from edgescorer.command import main
from edgescorer_testing import rows, write_rows

BUCKET = "landing"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    return client


@pytest.fixture
def log(model: Path, tmp_path: Path) -> Path:
    """Of 100 rows in 5 segments."""
    source = write_rows(tmp_path / "rows.jsonl", rows(100))
    small = ["--commit-rows", "20", "--segment-rows", "20", "--fsync", "never"]
    with pytest.raises(SystemExit, match="0"):
        main(
            [
                "run",
                "--model",
                f"{model}",
                "--in",
                f"{source}",
                "--log",
                f"{tmp_path / 'log'}",
                "--key",
                "id",
                *small,
            ]
        )
    return tmp_path / "log"
