"""Downloads a version with MLflow's own client, which knows every store of artifacts, in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .client import RegistryError

SECONDS = 600.0
_FEW_RETRIES = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"
}  # seven by default, for minutes; the next look tries again
# Sizes are compared where the store tells them: a connection that is cut must not leave half a model.
_PROGRAM = """
import sys
from pathlib import Path
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

uri, target = sys.argv[1:]
store = get_artifact_repository(uri)
store.download_artifacts("", dst_path=target)
waiting, found = [None], 0
while waiting:
    for one in store.list_artifacts(waiting.pop()):
        if one.is_dir:
            waiting.append(one.path)
            continue
        found += 1
        file = Path(target, one.path)
        if not file.is_file() or one.file_size not in (None, file.stat().st_size):
            sys.exit(f"{one.path} is not there as the store has it: {one.file_size} bytes")
if not found:
    sys.exit("the store lists no file")
"""


def downloaded(uri: str, name: str, number: str, downloads: Path) -> Path:
    """The folder with a version's artifacts, all of them. Raises RegistryError."""
    folder = downloads / name / number
    if not folder.is_dir():
        part = downloads / f"{name}-{number}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        _download(uri, f"models:/{name}/{number}", part)
        folder.parent.mkdir(exist_ok=True)
        part.rename(folder)
    return folder


def _download(uri: str, model: str, target: Path) -> None:
    command = [sys.executable, "-c", _PROGRAM, model, str(target)]
    environment = _FEW_RETRIES | os.environ | {"MLFLOW_TRACKING_URI": uri, "MLFLOW_REGISTRY_URI": uri}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        raise RegistryError(f"{model} was not downloaded within {SECONDS:g} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise RegistryError(f"{model} could not be downloaded: {lines[-1]}")
