"""Which code is this: git's word, else a digest of the sources."""

import subprocess
from pathlib import Path

import pytest
from packaging.version import Version

from lakeloop_stack.delivery.revision import Revision, revision, source_files, tree_digest


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "include/a.py",
        "include/__pycache__/a.pyc",
        "dbt_project/target/manifest.json",
        "jobs/b.py",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.2.0"\n')
    return tmp_path


def git(tree: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    command = ["git", "-C", str(tree), *identity, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_outside_a_clone_it_is_a_digest_that_changes_with_the_sources(tree: Path) -> None:
    before = revision(tree)
    assert before.name.startswith("tree-")
    assert Version(before.version).public == "0.2.0"
    (tree / "include/__pycache__/a.pyc").write_text("compiled again")
    assert revision(tree) == before
    (tree / "jobs/b.py").write_text("changed")
    assert revision(tree).version != before.version


def test_in_a_clone_it_is_the_commit_and_says_when_files_differ(tree: Path) -> None:
    (tree / ".gitignore").write_text("__pycache__\ntarget\n")
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-q", "-m", "first")
    head = git(tree, "rev-parse", "HEAD")
    assert revision(tree) == Revision(head, f"0.2.0+g{head[:12]}")

    (tree / "README.md").write_text("no part of the pipeline")
    assert revision(tree).name == head

    versions = set()
    for text in ("changed", "changed again"):
        (tree / "jobs/b.py").write_text(text)
        assert revision(tree).name == f"{head}-dirty"
        versions.add(str(Version(revision(tree).version)))
    assert len(versions) == 2
    assert all(version.startswith(f"0.2.0+g{head[:12]}.dirty.") for version in versions)


def test_generated_files_do_not_count(tree: Path) -> None:
    names = [file.relative_to(tree).as_posix() for file in source_files(tree, ("include", "dbt_project"))]
    assert names == ["include/a.py"]
    assert tree_digest(tree, ("include",)) != tree_digest(tree, ("jobs",))
