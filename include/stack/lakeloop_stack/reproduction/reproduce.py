"""``lakeloop reproduce``, step by step; each step's errors say what to do."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import mlflow

from lakeloop.config import LabelledUseCase, Target
from lakeloop.lifecycle.reproduction.pinning import DETERMINED_BY, FOLDER, LANDING, LOCK, SNAPSHOT
from lakeloop.lifecycle.reproduction.rerun import MODEL, RESULT

from . import dvc
from .checkout import check_out, lock_hash
from .comparison import Line, compare
from .tools import dvc_program, make_environment
from .version import PinnedVersion, ReproductionError, read_version

TAIL = 20
Say = Callable[[str], None]


def reproduce(
    root: Path,
    target: Target,
    use_case: LabelledUseCase,
    number: str,
    folder: Path,
    environment: Mapping[str, str],
    say: Say,
    raw: bool = False,
) -> tuple[PinnedVersion, list[Line]]:
    """Train version `number` again in `folder`, which is empty; returns then and now, without Delta's lines.

    Args:
        root: the repository.
        environment: holds the AWS credentials and, when it is not the default, the address of S3.
        raw: bring the raw files too.

    Raises ReproductionError for whatever stands in the way, before anything that takes long.
    """
    version = read_version(mlflow.MlflowClient(), target.model_name(use_case), number)
    say(f"code: {version.revision}")
    commit = check_out(root, version.revision, folder / "code")
    lock = lock_hash(folder / "code")
    if lock != version.tags[LOCK]:
        raise ReproductionError(
            f"the lock of commit {version.revision} has SHA-256 {lock}, but version {number} was trained with "
            f"{version.tags[LOCK]}: it did not run on what that commit locks"
        )
    say(f"data: {target.dvc_uri}")
    fetch(version, target, folder, environment, raw)
    say("environment: the packages of that revision's lock")
    minor = version.json(DETERMINED_BY)["python"].rpartition(".")[0]
    python = make_environment(folder / "venv", folder / "code" / "requirements.txt", minor)
    say("training")
    result = retrain(python, folder)
    return version, compare(version, commit, lock, result)


def fetch(
    version: PinnedVersion, target: Target, folder: Path, environment: Mapping[str, str], raw: bool
) -> None:
    """Recipe, registered model and pinned data."""
    artifacts = folder / "artifacts"
    for name, uri in {
        FOLDER: f"runs:/{version.run_id}/{FOLDER}",
        MODEL: f"models:/{version.model}/{version.number}",
    }.items():
        (artifacts / name).mkdir(parents=True)
        found = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(artifacts / name))
        Path(found).rename(folder / name)
    for file in (folder / FOLDER).iterdir():
        shutil.copy(file, folder / file.name)
    dvc.set_up(folder, target.dvc_uri, environment)
    program = dvc_program()
    for name in [SNAPSHOT, *([LANDING] if raw else [])]:
        dvc.pull(program, folder, f"{name}.dvc", environment)


def retrain(python: Path, folder: Path) -> dict[str, object]:
    """Run the revision's own code in its own environment. Raises ReproductionError with what it said."""
    code = folder / "code"
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join((str(code / "include"), str(code / "jobs"))),
    }
    command = [str(python), "-m", "lakeloop_jobs.retrain", "--folder", str(folder)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    (folder / "retrain.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise ReproductionError(f"the training ended with status {done.returncode}:\n{said}")
    return dict(json.loads((folder / RESULT).read_text(encoding="utf-8")))
