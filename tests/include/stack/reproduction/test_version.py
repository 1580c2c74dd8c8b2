"""What cannot be reproduced is refused by name, before anything is fetched."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest

from lakeloop.lifecycle import registry
from lakeloop_stack.reproduction.checkout import check_out, lock_hash
from lakeloop_stack.reproduction.version import ReproductionError, read_version
from tests.include.lakeloop.lifecycle.conftest import booster, client, logged, model, store  # noqa: F401

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TAGS = {
    "validation_status": "passed",
    "code_revision": COMMIT,
    "data_versions": "{}",
    "data_hashes": "{}",
    "determined_by": json.dumps({"python": "3.11.2"}),
    "dvc": "{}",
    "lock_hash": "0",
}


@pytest.fixture
def registered(client: mlflow.MlflowClient, model: str, logged: Callable[..., str]) -> Callable[..., str]:  # noqa: F811
    """Registers a version with such tags; returns its number."""

    def inner(**changes: str | None) -> str:
        tags = {name: value for name, value in (TAGS | changes).items() if value is not None}
        run = logged({"holdout_auc": 0.8}, **tags)
        return str(registry.register(client, model, run).version)

    return inner


def test_a_version_says_what_it_was_made_of(
    registered: Callable[..., str],
    client: mlflow.MlflowClient,  # noqa: F811
    model: str,  # noqa: F811
) -> None:
    found = read_version(client, model, registered())

    assert (found.revision, found.json("determined_by")) == (COMMIT, {"python": "3.11.2"})
    assert found.metrics == {"holdout_auc": 0.8}


def test_a_version_that_is_not_there_is_named_with_those_that_are(
    registered: Callable[..., str],
    client: mlflow.MlflowClient,  # noqa: F811
    model: str,  # noqa: F811
) -> None:
    with pytest.raises(ReproductionError, match="has no version '7'; it has none yet"):
        read_version(client, model, "7")
    registered()
    for wrong in ("7", "latest", "champion"):
        with pytest.raises(ReproductionError, match=rf"has no version '{wrong}'; there are 1"):
            read_version(client, model, wrong)


@pytest.mark.parametrize("missing", ["dvc", "lock_hash", "data_hashes", "code_revision"])
def test_one_that_was_not_pinned_is_refused(
    missing: str,
    registered: Callable[..., str],
    client: mlflow.MlflowClient,  # noqa: F811
    model: str,  # noqa: F811
) -> None:
    number = registered(**{missing: None})

    with pytest.raises(
        ReproductionError, match=rf"version 1 of {model} lacks {missing}: it was registered by hand"
    ):
        read_version(client, model, number)


def test_one_that_workers_trained_is_named_with_what_to_do(
    registered: Callable[..., str],
    client: mlflow.MlflowClient,  # noqa: F811
    model: str,  # noqa: F811
) -> None:
    number = registered(training_place="4 workers", data_hashes=None)

    with pytest.raises(
        ReproductionError,
        match=rf"version 1 of {model} was trained on 4 workers .*check out commit {COMMIT}.*with as many workers",
    ):
        read_version(client, model, number)
    assert read_version(client, model, registered(training_place="driver")).number == "2"


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        (f"{COMMIT}-dirty", "changes that were not committed"),
        ("tree-0123", "no git clone"),
        ("unknown", "no git"),
    ],
)
def test_one_that_no_commit_holds_is_refused(
    revision: str,
    said: str,
    registered: Callable[..., str],
    client: mlflow.MlflowClient,  # noqa: F811
    model: str,  # noqa: F811
) -> None:
    number = registered(code_revision=revision)

    with pytest.raises(
        ReproductionError, match=rf"code revision {revision}, which no commit holds: it .*{said}"
    ):
        read_version(client, model, number)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two commits: the first cannot train from a snapshot."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "requirements.txt").write_text("one\n")
    _git(root, "init", "--quiet")
    _commit(root)
    (root / "requirements.txt").write_text("two\n")
    entry = root / "jobs" / "lakeloop_jobs" / "retrain.py"
    entry.parent.mkdir(parents=True)
    entry.touch()
    _commit(root)
    (root / "requirements.txt").write_text("not committed\n")
    return root


def _commit(root: Path) -> None:
    _git(root, "add", ".")
    _git(root, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "x")


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_files_of_the_commit_are_checked_out_and_no_others(repository: Path, tmp_path: Path) -> None:
    commit = _git(repository, "rev-parse", "HEAD")

    assert check_out(repository, commit, tmp_path / "code") == commit

    assert (tmp_path / "code" / "requirements.txt").read_text() == "two\n"
    assert lock_hash(tmp_path / "code") == "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a"
    assert not (tmp_path / "code" / ".git").exists()


def test_a_commit_that_the_repository_does_not_hold_is_named(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(ReproductionError, match=rf"holds no commit {COMMIT}; fetch it"):
        check_out(repository, COMMIT, tmp_path / "code")


def test_a_commit_from_before_there_was_a_reproduction_is_refused(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(ReproductionError, match="its code cannot train from a snapshot"):
        check_out(repository, _git(repository, "rev-parse", "HEAD~1"), tmp_path / "code")
