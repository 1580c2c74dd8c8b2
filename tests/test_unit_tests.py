"""The quick tests stay quick: pytest refuses one that would start the stack, and says where it belongs."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ON_A_STACK = ("conformance", "integration", "e2e", "faults")
INDIRECT = """
import pytest

@pytest.fixture
def spark(stack):
    return stack

def test_it(spark):
    pass
"""


def collect(root: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the conftest of this one."""
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\naddopts = '--import-mode=importlib'\n"
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    return tmp_path


@pytest.mark.parametrize("folder", ["include/stack", "plugins", "dags"])
def test_a_quick_test_that_needs_the_stack_is_refused(project: Path, folder: str) -> None:
    place = project / "tests" / folder
    place.mkdir(parents=True)
    (place / "test_slow.py").write_text(INDIRECT)

    done = collect(project)

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"move these: tests/{folder}/test_slow.py::test_it" in done.stdout + done.stderr


@pytest.mark.parametrize("folder", ON_A_STACK)
def test_the_folders_for_the_stack_may_use_it(project: Path, folder: str) -> None:
    place = project / "tests" / folder
    place.mkdir()
    (place / "test_slow.py").write_text(INDIRECT)

    assert collect(project).returncode == 0


def test_make_leaves_out_exactly_these_folders() -> None:
    make = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert f"ON_A_STACK := {' '.join(ON_A_STACK)}\n" in make
    assert "$(addprefix --ignore=tests/,$(ON_A_STACK))" in make
    assert all((ROOT / "tests" / folder).is_dir() for folder in ON_A_STACK)


def test_the_packages_tests_know_no_stack() -> None:
    paths = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["testpaths"]

    assert paths == [
        "tests",
        "include/localbricks/tests",
        "include/cloudfiles/tests",
        "include/serving/tests",
        "include/features/tests",
        "include/streaming/tests",
        "include/recommender/tests",
        "include/edge/tests",
    ]
    sources = [file for path in paths[1:] for file in (ROOT / path).rglob("*.py")]
    assert sources
    assert not [file for file in sources if "stack: dict" in file.read_text(encoding="utf-8")]
