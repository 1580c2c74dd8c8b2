"""Each package below include/ can be installed alone: a wheel holds one package, and says what that needs."""

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "localbricks": "localbricks",
    "cloudfiles": "pyspark_cloudfiles",
    "serving": "oipscorer",
    "features": "eventfeatures",
    "streaming": "eventscorer",
    "recommender": "rankstream",
    "edge": "edgescorer",
}
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
# Imports every module of the wheel in argv[1], while what is not among its requirements, nor theirs, cannot be found.
IMPORT_ALL = """
import importlib, json, pkgutil, re, sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from packaging.requirements import Requirement

wheel, package, requirements = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
norm = lambda name: re.sub(r"[-_.]+", "-", name).lower()
allowed, waiting = set(), [Requirement(text) for text in requirements]
while waiting:
    wanted = waiting.pop()
    key = (norm(wanted.name), frozenset(wanted.extras))
    if key in allowed:
        continue
    allowed.add(key)
    try:
        below = [Requirement(text) for text in requires(wanted.name) or []]
    except PackageNotFoundError:
        continue
    extras = wanted.extras or {""}
    waiting += [r for r in below if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in extras)]
names = {name for name, _ in allowed}
hidden = {top for top, owners in packages_distributions().items() if not {norm(o) for o in owners} & names}

class Hider:
    # All finders at once, blind to what is hidden.
    finders = list(sys.meta_path)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden - {package}:
            return None
        return next((spec for finder in self.finders if (spec := finder.find_spec(name, path, target))), None)

    def find_distributions(self, *context, **named):
        for finder in self.finders:
            yield from getattr(finder, "find_distributions", lambda *_, **__: ())(*context, **named)

sys.meta_path[:] = [Hider()]
sys.path.insert(0, wheel)
root = importlib.import_module(package)
assert root.__file__.startswith(wheel), root.__file__
found = [m.name for m in pkgutil.walk_packages(root.__path__, f"{package}.") if not m.name.endswith("__main__")]
for name in found:
    importlib.import_module(name)
print(len(found), sorted(hidden & {"airflow", "lakeloop", "lakeloop_stack", "dbt", "mlflow"}))
"""


@pytest.fixture(scope="module", params=PACKAGES)
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in a copy so that setuptools leaves no trace beside the sources."""
    copy = tmp_path_factory.mktemp(request.param) / request.param
    skipped = shutil.ignore_patterns("*.egg-info", "__pycache__", "build")
    shutil.copytree(ROOT / "include" / request.param, copy, ignore=skipped)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(copy.parent)], cwd=copy, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(copy.parent.glob("*.whl"))


def package_of(wheel: Path) -> tuple[str, str]:
    """Folder below include/ and import name."""
    folder = wheel.parent.glob("*/pyproject.toml").__next__().parent.name
    return folder, PACKAGES[folder]


def test_the_wheel_holds_every_file_of_its_package_and_nothing_else(wheel: Path) -> None:
    folder, package = package_of(wheel)
    source = ROOT / "include" / folder / package
    expected = {
        f"{package}/{file.relative_to(source).as_posix()}"
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert held == expected


def test_every_module_imports_with_only_what_the_package_and_its_extras_require(
    wheel: Path, tmp_path: Path
) -> None:
    folder, package = package_of(wheel)
    zipfile.ZipFile(wheel).extractall(tmp_path)
    project = tomllib.loads((ROOT / "include" / folder / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    optional = [text for name, named in extras.items() if name != "dev" for text in named]
    arguments = [str(tmp_path), package, json.dumps([*project["dependencies"], *optional])]

    done = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT_ALL, *arguments], cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr[-3000:]
    count, hidden = done.stdout.strip().split(" ", 1)
    assert int(count) >= len(list((ROOT / "include" / folder / package).glob("*.py"))) - 2
    assert "'airflow'" in hidden
    assert "'dbt'" in hidden
