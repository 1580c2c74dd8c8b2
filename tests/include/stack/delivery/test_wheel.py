"""The wheel: built without a network, the same bytes for the same sources, with version, revision and pins in it."""

import zipfile
from email.parser import Parser
from hashlib import sha256
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lakeloop.config import wheel_name
from lakeloop_stack.delivery.lock import LockError, pinned
from lakeloop_stack.delivery.revision import Revision
from lakeloop_stack.delivery.wheel import build_wheel
from lakeloop_stack.machine.settings import ROOT

FOUND = Revision("a" * 40 + "-dirty", "0.2.0+gaaaaaaaaaaaa.dirty.0123abcd")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("one"), found=FOUND)


def test_the_same_sources_give_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert wheel.name == wheel_name(FOUND.version)
    assert wheel.read_bytes() == build_wheel(tmp_path, found=FOUND).read_bytes()


def test_it_carries_the_jobs_the_configuration_and_its_revision(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        release = content.read("lakeloop/_release.py").decode()
        points = content.read(f"lakeloop-{FOUND.version}.dist-info/entry_points.txt").decode()
    assert {
        "lakeloop_jobs/ingest.py",
        "lakeloop/config/targets.yaml",
        "lakeloop/use_cases/churn.yaml",
    } <= names
    assert f'REVISION = "{FOUND.name}"' in release
    assert f'LOCK = "{sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()}"' in release
    for name in ("ingest", "register", "promote", "score", "vacuum"):
        assert f"{name} = lakeloop_jobs.{name}:main" in points


def test_what_it_needs_is_pinned_to_the_lock(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        metadata = Parser().parsestr(content.read(f"lakeloop-{FOUND.version}.dist-info/METADATA").decode())
    requirements = [
        Requirement(text) for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text
    ]
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")

    assert {"mlflow", "xgboost-cpu", "numpy", "scipy"} <= {requirement.name for requirement in requirements}
    assert not {"apache-airflow", "pyspark"} & {requirement.name for requirement in requirements}
    for requirement in requirements:
        assert f"\n{requirement.name}{requirement.specifier} " in lock
    assert (ROOT / "pyproject.toml").read_text(encoding="utf-8").count("xgboost-cpu>=3.2") == 1


def test_unchanged_sources_are_not_built_again(wheel: Path) -> None:
    made = wheel.stat().st_mtime_ns

    assert build_wheel(wheel.parents[1], found=FOUND) == wheel
    assert wheel.stat().st_mtime_ns == made


def test_a_requirement_that_the_lock_lacks_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("pyyaml==6.0 \\\n    --hash=sha256:0\n")

    assert pinned(["pyyaml>=5"], lock) == ["pyyaml==6.0"]
    with pytest.raises(LockError, match="does not hold boto3; run the command at its head"):
        pinned(["boto3"], lock)
