"""An unmodified DVC reads what trainings pinned, and finds out what was changed afterwards."""

import subprocess
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lakeloop.lifecycle.reproduction.landing import pin_landing
from lakeloop.lifecycle.reproduction.remote import Remote
from lakeloop_stack.reproduction import dvc
from lakeloop_stack.reproduction.tools import dvc_program
from lakeloop_stack.reproduction.version import ReproductionError

BUCKET = "lakeloop"
FILES = {
    "training_set/2017-01.parquet": b"one",
    "training_set/2017-02.parquet": b"two" * 1000,
    "history/Ä b.parquet": b"",
}


@pytest.fixture(scope="module")
def program() -> Path:
    return dvc_program()


@pytest.fixture
def prefix(s3: Any) -> Iterator[str]:
    """A place of the test's own in the bucket; what it left behind goes."""
    name = f"tests/{uuid4().hex[:8]}"
    yield name
    for item in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/").get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])


@pytest.fixture
def remote(s3: Any, prefix: str) -> Remote:
    return Remote(s3, f"s3://{BUCKET}/{prefix}/dvc")


@pytest.fixture
def project(stack: dict[str, str], remote: Remote, tmp_path: Path) -> Path:
    """A DVC project with a snapshot that is pinned and was not brought yet."""
    folder = tmp_path / "project"
    dvc.set_up(folder, remote.uri, stack)
    (folder / "snapshot.dvc").write_text(
        remote.put_files(FILES.items()).document("snapshot"), encoding="utf-8"
    )
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_it_brings_back_snapshot_and_raw_files(
    stack: dict[str, str], s3: Any, prefix: str, remote: Remote, project: Path, program: Path
) -> None:
    for name, content in FILES.items():
        s3.put_object(Bucket=BUCKET, Key=f"{prefix}/landing/{name}", Body=content)
    tree = pin_landing(remote, f"s3://{BUCKET}/{prefix}/landing").tree
    assert tree is not None
    (project / "landing.dvc").write_text(tree.document("landing"), encoding="utf-8")

    for document in ("snapshot.dvc", "landing.dvc"):
        dvc.pull(program, project, document, stack)

    assert files(project / "snapshot") == files(project / "landing") == FILES
    assert _says(program, project, stack, "status") == "Data and pipelines are up to date."
    assert "in sync" in _says(program, project, stack, "status", "--cloud", "snapshot.dvc")


def _says(program: Path, project: Path, stack: dict[str, str], *arguments: str) -> str:
    environment = dvc.settings(project, stack)
    done = subprocess.run(
        [str(program), *arguments], cwd=project, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_it_would_have_pinned_the_same(stack: dict[str, str], project: Path, program: Path) -> None:
    """``dvc add`` of the same files writes the same document."""
    ours = (project / "snapshot.dvc").read_text(encoding="utf-8")
    for name, content in FILES.items():
        (project / "snapshot" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "snapshot" / name).write_bytes(content)

    _says(program, project, stack, "add", "snapshot")

    assert (project / "snapshot.dvc").read_text(encoding="utf-8") == ours


def test_a_content_that_was_changed_is_not_taken(
    stack: dict[str, str], s3: Any, remote: Remote, project: Path, program: Path
) -> None:
    s3.put_object(Bucket=BUCKET, Key=remote.key(md5(b"one").hexdigest()), Body=b"ONE")

    with pytest.raises(ReproductionError, match=r"dvc pull snapshot\.dvc ended with status"):
        dvc.pull(program, project, "snapshot.dvc", stack)


def test_a_remote_that_is_down_is_said(
    stack: dict[str, str], remote: Remote, tmp_path: Path, program: Path
) -> None:
    down = stack | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}  # the port "discard": nothing listens
    dvc.set_up(tmp_path / "project", remote.uri, down)
    (tmp_path / "project" / "snapshot.dvc").write_text(remote.put_files(FILES.items()).document("snapshot"))

    with pytest.raises(ReproductionError, match="is down, or no longer holds the data"):
        dvc.pull(program, tmp_path / "project", "snapshot.dvc", down)
