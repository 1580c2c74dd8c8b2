"""Releases in the local workspace: uploaded beside the old one, switched last, three kept, switched back."""

import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import SparkPythonTask, SubmitTask

from lakeloop.config import NoReleaseError, Target, load_target
from lakeloop_airflow import release
from lakeloop_stack.delivery.deploy import Deployed, deploy
from lakeloop_stack.delivery.releases import KEPT, ReleaseStore
from lakeloop_stack.delivery.revision import PIPELINE

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def target(client: WorkspaceClient) -> Iterator[Target]:
    """The local target in a folder of its own."""
    target = load_target("local").model_copy(
        update={"workspace_root": f"/Workspace/Shared/r{uuid.uuid4().hex[:8]}"}
    )
    yield target
    client.workspace.delete(target.workspace_root, recursive=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clone with the pipeline's files."""
    root = tmp_path / "repository"
    for name in (*PIPELINE, "README.md", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, root / name, ignore=shutil.ignore_patterns("__pycache__", "target", "*.egg-info")
            )
        elif source.exists():
            shutil.copyfile(source, root / name)
    git(root, "init", "-q")
    return root


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def commit(
    client: WorkspaceClient, repository: Path, target: Target, tmp_path: Path
) -> Callable[[], Deployed]:
    """Commits a change and deploys it."""
    build = tmp_path / "build"
    build.mkdir()
    notes: list[str] = []

    def inner() -> Deployed:
        notes.append("# note\n")
        (repository / "jobs" / "lakeloop_jobs" / "__init__.py").write_text("".join(notes))
        git(repository, "add", ".")
        git(repository, "commit", "-q", "-m", f"note {len(notes)}")
        return deploy(client, build, target, repository)

    return inner


def test_releases_lie_beside_each_other_and_three_are_kept(
    client: WorkspaceClient, target: Target, commit: Callable[[], Deployed]
) -> None:
    store = ReleaseStore(client, target)
    deployed = [commit() for _ in range(KEPT + 1)]

    versions = [one.version for one in deployed]
    assert len(set(versions)) == KEPT + 1
    assert store.versions() == sorted(versions[1:])
    assert deployed[-1].removed == (versions[0],)
    assert store.pointer().current == versions[-1]
    names = {
        str(found.path).rpartition("/")[2] for found in client.workspace.list(target.release(versions[-1]))
    }
    assert {"notebooks", "use_cases", "release.json", f"lakeloop-{versions[-1]}-py3-none-any.whl"} <= names


def test_what_is_there_is_not_uploaded_again_and_an_old_one_comes_back(
    client: WorkspaceClient, target: Target, commit: Callable[[], Deployed], repository: Path, tmp_path: Path
) -> None:
    store = ReleaseStore(client, target)
    first, second = commit(), commit()
    assert deploy(client, tmp_path / "build", target, repository).files == 0

    store.switch(first.version)

    assert store.pointer().current == first.version
    assert {first.version, second.version} == set(store.versions())
    with pytest.raises(NoReleaseError, match=r"no release 9\.9; there are: 0\.2\.0"):
        store.switch("9.9")


def test_an_interrupted_deployment_leaves_the_release_before_current(
    client: WorkspaceClient,
    target: Target,
    commit: Callable[[], Deployed],
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, first = ReleaseStore(client, target), commit()

    def power_cut(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ReleaseStore, "write_manifest", power_cut)
    with pytest.raises(KeyboardInterrupt):
        commit()
    assert store.pointer().current == first.version
    assert store.versions() == [first.version]
    monkeypatch.undo()

    completed = deploy(client, tmp_path / "build", target, repository)
    assert store.pointer().current == completed.version != first.version


def test_a_dag_run_keeps_its_release_when_another_is_deployed(
    client: WorkspaceClient,
    target: Target,
    commit: Callable[[], Deployed],
    stack: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", stack["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    monkeypatch.setattr(release, "load_target", lambda _: target)
    first = commit()
    under_way = SimpleNamespace(start_date=datetime.now(UTC))
    second = commit()
    later = SimpleNamespace(start_date=datetime.now(UTC))

    assert release.wheel(under_way, "local", "databricks_default") == target.wheel(first.version)
    assert release.wheel(later, "local", "databricks_default") == target.wheel(second.version)
    assert release.notebook(under_way, "local", "databricks_default", "train") == target.notebook(
        first.version, "train"
    )


@pytest.mark.parametrize(("name", "kept"), [("[local] churn score", True), ("somebody else's", False)])
def test_an_active_run_of_the_target_keeps_the_release_that_it_may_use(
    client: WorkspaceClient, commit: Callable[[], Deployed], tmp_path: Path, name: str, kept: bool
) -> None:
    first = commit()
    waits = tmp_path / "waits.py"
    waits.write_text("import time; time.sleep(600)")
    run = client.jobs.submit(
        run_name=name,
        tasks=[SubmitTask(task_key="a", spark_python_task=SparkPythonTask(python_file=f"file:{waits}"))],
    )
    removed = [commit().removed for _ in range(KEPT)]
    assert (removed == [()] * KEPT) == kept
    assert (first.version not in removed[-1]) == kept
    client.jobs.cancel_run_and_wait(run.run_id)

    assert (first.version in commit().removed) == kept
