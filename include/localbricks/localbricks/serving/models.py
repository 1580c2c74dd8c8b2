"""Versions of registered models: whether they exist, and their files.

Source: https://mlflow.org/docs/latest/api_reference/rest-api.html#get-modelversion
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx

from ..api_errors import ApiError

ANSWER_SECONDS = 10.0
DOWNLOAD_SECONDS = 600.0


class DownloadError(RuntimeError):
    """The files of a version cannot be had; the message is the reason."""


class Models:
    """A registry, and what was downloaded from it.

    Args:
        registry: ``http://HOST:PORT`` of an MLflow server.
        folder: a version's files lie in ``<folder>/<model>/<version>``, all of them or none.
    """

    def __init__(self, registry: str, folder: Path) -> None:
        self.registry, self.folder = registry.rstrip("/"), folder
        self._downloads: set[subprocess.Popen[str]] = set()

    def close(self) -> None:
        """Cuts off downloads."""
        for download in list(self._downloads):
            download.kill()

    def require(self, model: str, version: str) -> None:
        """Raises the ApiError of a version that does not exist (404), or of a registry that does not say (503)."""
        url = f"{self.registry}/api/2.0/mlflow/model-versions/get"
        try:
            answer = httpx.get(url, params={"name": model, "version": version}, timeout=ANSWER_SECONDS)
        except httpx.HTTPError as error:
            raise ApiError(
                503, "TEMPORARILY_UNAVAILABLE", f"The model registry does not answer: {error}"
            ) from error
        if answer.status_code == 404:
            raise ApiError(
                404, "RESOURCE_DOES_NOT_EXIST", f"Model '{model}' with version '{version}' does not exist."
            )
        if answer.status_code != 200:
            raise ApiError(
                503,
                "TEMPORARILY_UNAVAILABLE",
                f"The model registry answers {answer.status_code}: {answer.text}",
            )

    def downloaded(self, model: str, version: str) -> Path:
        """The folder of a version's files. Raises DownloadError."""
        folder = self.folder / model / version
        if not folder.is_dir():
            part = self.folder / f".{model}-{version}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            self._download(f"models:/{model}/{version}", part)
            folder.parent.mkdir(exist_ok=True)
            part.rename(folder)
        return folder

    def _download(self, uri: str, target: Path) -> None:
        """By MLflow's own client, which knows every store, in a process of its own: importing it takes seconds."""
        command = [sys.executable, "-m", "mlflow", "artifacts", "download"]
        command += ["--artifact-uri", uri, "--dst-path", str(target)]
        environment = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", **os.environ}
        environment |= {"MLFLOW_TRACKING_URI": self.registry, "MLFLOW_REGISTRY_URI": self.registry}
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )
        self._downloads.add(process)
        try:
            _, said = process.communicate(timeout=DOWNLOAD_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise DownloadError(f"{uri} was not downloaded within {DOWNLOAD_SECONDS:g} s") from None
        finally:
            self._downloads.discard(process)
        if process.returncode:
            lines = said.strip().splitlines() or ["no reason given"]
            raise DownloadError(f"{uri} could not be downloaded: {lines[-1]}")
