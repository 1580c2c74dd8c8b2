"""Wheels are installed once, offline and whole; what is missing is named."""

import base64
import hashlib
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localbricks.jobs.process.environments import Environments
from localbricks.jobs.process.libraries import Libraries
from localbricks.jobs.process.sources import SetupError
from localbricks_testing.wheels import build_wheel


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Libraries:
    """No index can be reached; an interpreter is made by tests/jobs/process/test_environments.py."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setattr(Environments, "python", lambda *_: Path("python"))
    (tmp_path / "workspace" / "Shared").mkdir(parents=True)
    return Libraries(tmp_path / "libraries", tmp_path / "workspace")


def test_a_wheel_is_installed_once_whoever_asks(libraries: Libraries, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "workspace" / "Shared", "acme", {"acme/__init__.py": "X = 1\n"})
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: libraries.prepare([f"/Workspace/Shared/{wheel.name}"], tmp_path), range(4))
        )
    ((folder,), *others) = [answer.folders for answer in answers]
    assert others == [[folder]] * 3
    assert (folder / "acme" / "__init__.py").read_text() == "X = 1\n"
    assert [entry.name for entry in libraries.folder.iterdir()] == [folder.name]


def test_a_known_wheel_needs_no_installer(
    libraries: Libraries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = build_wheel(tmp_path, "acme", {"acme/__init__.py": ""})
    folders = libraries.prepare([f"file:{known}"], tmp_path)
    monkeypatch.setattr("localbricks.jobs.process.libraries.shutil.which", lambda *_, **__: None)
    assert libraries.prepare([f"file:{known}"], tmp_path) == folders
    other = build_wheel(tmp_path, "other", {"other/__init__.py": ""})
    with pytest.raises(SetupError, match="the program uv, which installs wheels, is not installed"):
        libraries.prepare([f"file:{other}"], tmp_path)


def test_other_content_under_the_same_name_is_another_folder(libraries: Libraries, tmp_path: Path) -> None:
    folders = []
    for text in ("X = 1\n", "X = 2\n"):
        wheel = build_wheel(tmp_path, "acme", {"acme/__init__.py": text})
        folders += libraries.prepare([f"file:{wheel}"], tmp_path).folders
    assert [(folder / "acme/__init__.py").read_text() for folder in folders] == ["X = 1\n", "X = 2\n"]


def test_what_a_wheel_needs_may_be_another_wheel_of_the_task(libraries: Libraries, tmp_path: Path) -> None:
    first = build_wheel(tmp_path, "acme", {"acme/__init__.py": ""}, requires=["acme-base>=1", "psutil"])
    second = build_wheel(tmp_path, "acme_base", {"acme_base/__init__.py": ""})
    assert len(libraries.prepare([f"file:{first}", f"file:{second}", "psutil>=5"], tmp_path).folders) == 2
    with pytest.raises(SetupError, match=r"acme 1\.0 needs acme-base>=1, but it is not installed"):
        libraries.prepare([f"file:{first}"], tmp_path)


@pytest.mark.parametrize(
    ("dependency", "message"),
    [
        (
            "no-such-package-at-all",
            "the task needs no-such-package-at-all, but it is not installed; the package index does not provide it",
        ),
        ("psutil<1", r"the task needs psutil<1, but [\d.]+ is installed"),
        ("-r /Workspace/requirements.txt", "options of pip are not supported"),
        ("acme==", "is neither a wheel nor a requirement"),
        (
            "/Workspace/Shared/none-1.0-py3-none-any.whl",
            "none-1.0-py3-none-any.whl does not exist in the workspace",
        ),
        ("/Workspace/../etc/x-1.0-py3-none-any.whl", 'contains ".."'),
    ],
)
def test_what_cannot_be_had_is_named(
    libraries: Libraries, tmp_path: Path, dependency: str, message: str
) -> None:
    with pytest.raises(SetupError, match=message):
        libraries.prepare([dependency], tmp_path)


def test_requirements_for_other_platforms_and_extras_do_not_count(
    libraries: Libraries, tmp_path: Path
) -> None:
    requires = ['none-here; sys_platform == "win32"', 'none-there; extra == "docs"']
    wheel = build_wheel(tmp_path, "acme", {"acme/__init__.py": ""}, requires=requires)
    assert len(libraries.prepare([f"file:{wheel}"], tmp_path).folders) == 1


def test_a_broken_wheel_leaves_nothing_behind(libraries: Libraries, tmp_path: Path) -> None:
    wheel = tmp_path / "acme-1.0-py3-none-any.whl"
    wheel.write_bytes(b"not a zip file")
    with pytest.raises(SetupError, match=r"acme-1.0-py3-none-any.whl cannot be installed: .*"):
        libraries.prepare([f"file:{wheel}"], tmp_path)
    assert list(libraries.folder.iterdir()) == []


def test_build_wheel_writes_what_the_installer_checks(tmp_path: Path) -> None:
    content = zipfile.ZipFile(build_wheel(tmp_path, "acme", {"acme/__init__.py": "X"})).read(
        "acme-1.0.dist-info/RECORD"
    )
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"X").digest()).rstrip(b"=").decode()
    assert f"acme/__init__.py,sha256={digest},1" in content.decode()


def test_what_no_task_has_asked_for_in_a_long_time_goes(libraries: Libraries, tmp_path: Path) -> None:
    used, unused = (
        libraries.prepare([f"file:{build_wheel(tmp_path, name, {f'{name}/__init__.py': ''})}"], tmp_path)
        for name in ("used", "unused")
    )
    for prepared in (used, unused):
        os.utime(prepared.folders[0], (1, 1))
    libraries.prepare([f"file:{tmp_path / 'used-1.0-py3-none-any.whl'}"], tmp_path)
    libraries.forget_unused()
    assert used.folders[0].exists()
    assert not unused.folders[0].exists()
