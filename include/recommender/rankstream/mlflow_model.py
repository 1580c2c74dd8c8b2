"""Where a model lies in what MLflow logged: the data of a model that `rankstream.pyfunc` loads, or an artifact."""

from pathlib import Path

from .errors import ModelError
from .folder import ABOUT

ARTIFACT = "recommender"
ARTIFACTS = "artifacts"  # MLflow's folder for the files of a pyfunc model
DATA = "data"  # and for those of one that has a loader_module


def folder_of(mlflow_model: Path) -> Path:
    """The model folder in a folder that MLflow wrote or downloaded; `rankstream.folder` reads it.

    Raises:
        ModelError: it is no model of MLflow, or has no such artifact.
    """
    if not (mlflow_model / "MLmodel").is_file():
        raise ModelError(f"{mlflow_model} has no file MLmodel; expected a folder that MLflow wrote")
    logged = mlflow_model / DATA / ARTIFACT
    folder = logged if logged.is_dir() else mlflow_model / ARTIFACTS / ARTIFACT
    if not (folder / ABOUT).is_file():
        raise ModelError(
            f"{mlflow_model} has no {ARTIFACTS}/{ARTIFACT}/{ABOUT}; log the saved folder, called {ARTIFACT}, as an "
            f"artifact: artifacts={{{ARTIFACT!r}: FOLDER}}"
        )
    return folder
