"""requirements.txt is the one lock: Conda, the image and what a logged model asks for have its versions."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sklearn.linear_model import LogisticRegression

from lakeloop.lifecycle.tracking import log_model
from lakeloop_stack.delivery.conda import NoPythonError, conda_file

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PINS = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)", LOCK, re.MULTILINE)
}
CONDA = ROOT / "docker" / "conda.yaml"
PYTHON = "3.11"


def pins_of(lines: list[str]) -> dict[str, str]:
    """Version by name; each line pins one."""
    found: dict[str, str] = {}
    for line in lines:
        requirement = Requirement(line)
        [specifier] = requirement.specifier
        assert specifier.operator == "==", line
        found[canonicalize_name(requirement.name)] = specifier.version
    return found


def test_the_conda_file_is_what_make_conda_writes() -> None:
    assert CONDA.read_text(encoding="utf-8") == conda_file(LOCK)


def test_the_conda_file_has_the_locks_versions_and_no_others() -> None:
    python, pip, packages = yaml.safe_load(CONDA.read_text(encoding="utf-8"))["dependencies"]

    assert (python, pip) == (f"python={PYTHON}", "pip")
    assert len(PINS) > 200
    assert pins_of(packages["pip"]) == PINS


def test_a_lock_that_names_no_python_is_refused() -> None:
    with pytest.raises(NoPythonError, match="has no --python-version"):
        conda_file("pyyaml==6.0\n")


def test_the_image_installs_the_lock_on_the_same_python() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.search(rf"^FROM python:{re.escape(PYTHON)}-", text, re.M)
    assert f"--python-version {PYTHON} " in LOCK.splitlines()[1]
    assert re.search(r"^ && uv pip sync .*requirements\.txt docker/requirements\.txt", text, re.M)
    assert f"=={PYTHON}" not in text  # versions stand in the lock alone, but uv's, which `make` installs too
    assert re.findall(r"(\S+)==\S+", text) == ["uv"]


def test_what_the_image_adds_is_compatible_with_the_lock() -> None:
    text = (ROOT / "docker" / "requirements.txt").read_text(encoding="utf-8")
    added = {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)}

    assert added
    assert not added & set(PINS)
    assert "-c requirements.txt" in text


def test_dvc_stays_out_of_the_lock_and_is_pinned_by_hash() -> None:
    text = (ROOT / "include/stack/lakeloop_stack/reproduction/dvc.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]

    assert "dvc" not in PINS
    assert "dvc" in {re.split(r"[=\[]", package)[0] for package in packages}
    assert all("--hash=sha256:" in package for package in packages)


@pytest.fixture(params=["trees", "linear"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A model as training logs it."""
    x = pd.DataFrame(np.random.default_rng(1).normal(size=(50, 2)), columns=["a", "b"])
    y = (x["a"] > 0).astype(int)
    trained = (
        xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(x, label=y), num_boost_round=2)
        if request.param == "trees"
        else LogisticRegression().fit(x, y)
    )
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("lock", artifact_location=f"file://{tmp_path}/artifacts")
    with mlflow.start_run(experiment_id=experiment) as run:
        log_model(trained, "model", x.head(5))
    yield Path(mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model", dst_path=str(tmp_path)))
    mlflow.set_tracking_uri(before)


def test_what_a_logged_model_asks_for_is_what_the_lock_holds(model: Path) -> None:
    plain = pins_of((model / "requirements.txt").read_text(encoding="utf-8").splitlines())
    conda = yaml.safe_load((model / "conda.yaml").read_text(encoding="utf-8"))["dependencies"]
    virtual = yaml.safe_load((model / "python_env.yaml").read_text(encoding="utf-8"))

    assert {"mlflow", "pandas"} < set(plain)
    assert plain.items() <= PINS.items()
    assert pins_of(conda[-1]["pip"]) == plain
    assert virtual["python"] == ".".join(map(str, sys.version_info[:3]))
    assert f"python={virtual['python']}" in conda
