"""%pip checks what is there, in all the forms that people write."""

import zipfile
from pathlib import Path

import pytest
from localbricks_runtime.dbutils import DBUtils
from localbricks_runtime.installed import PipError
from localbricks_runtime.pip import pip

from localbricks_testing.wheels import build_wheel


@pytest.mark.parametrize(
    "line",
    [
        "install packaging",
        "install -q -U packaging requests",
        "install --upgrade --no-cache-dir databricks-sdk",
        'install "packaging>=20" requests # both',
        "install --index-url https://example.invalid/simple packaging",
        "install --extra-index-url=https://example.invalid/simple packaging",
        "install 'pyspark[connect]'",
        "install 'nothing-of-the-kind; sys_platform == \"win32\"'",
    ],
)
def test_what_is_installed_satisfies(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    pip(line)
    assert "Requirement already satisfied" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("install no-such-package-4711", "no-such-package-4711 is not installed"),
        ("install 'packaging>=999'", r"packaging \d.* is installed"),
        ("install acme-1.0-py3-none-any.whl", "acme is not installed"),
        ("install git+https://example.invalid/x", "fetches nothing"),
        ("install https://example.invalid/packaging-99.0-py3-none-any.whl", "fetches nothing"),
        ("install y:z", "neither a requirement nor a wheel"),
        ("install 'packaging @ https://example.invalid/x'", "fetches nothing"),
        ("install -e .", "install -e: .* does not know this option"),
        ("install --target=/tmp packaging", "does not know this option"),
        ("install -r missing.txt", "there is no file missing.txt"),
        ("install", "knows %pip install with what to install, list, and freeze"),
        ("uninstall -y packaging", "uninstall"),
        ("download packaging", "download"),
    ],
)
def test_what_is_not_there_or_cannot_be_done_is_named(line: str, why: str) -> None:
    with pytest.raises(PipError, match=why):
        pip(line)


def test_an_extra_needs_what_it_brings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requires = ["packaging", "no-such-package-4711; extra == 'plots'"]
    with zipfile.ZipFile(build_wheel(tmp_path, "acme", {}, requires)) as wheel:
        wheel.extractall(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    pip("install acme")
    with pytest.raises(PipError, match="which needs no-such-package-4711"):
        pip("install acme[plots]")


def test_requirements_and_constraints_come_from_files_of_the_workspace(
    dbutils: DBUtils, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "workspace" / "Shared"
    (shared / "requirements.txt").write_text("# ours\npackaging>=20  # a comment\n-r more.txt\n--no-index\n")
    (shared / "more.txt").write_text("requests\n")
    (shared / "constraints.txt").write_text("no-such-package-4711==1\npackaging<1\n")
    monkeypatch.chdir(shared)
    pip("install -r /Workspace/Shared/requirements.txt")
    with pytest.raises(PipError, match=r"packaging<1: packaging .* is installed"):
        pip("install requests -c constraints.txt")
