"""Where a model lies in what MLflow logged: the artifact ``recommender`` of a pyfunc model."""

from pathlib import Path

from .errors import ModelError
from .folder import ABOUT

ARTIFACT = "recommender"
ARTIFACTS = "artifacts"  # MLflow's folder for the files of a pyfunc model


def folder_of(mlflow_model: Path) -> Path:
    """The model folder in a folder that MLflow wrote or downloaded; `rankstream.folder` reads it.

    Raises:
        ModelError: it is no model of MLflow, or has no such artifact.
    """
    if not (mlflow_model / "MLmodel").is_file():
        raise ModelError(f"{mlflow_model} has no file MLmodel; expected a folder that MLflow wrote")
    folder = mlflow_model / ARTIFACTS / ARTIFACT
    if not (folder / ABOUT).is_file():
        raise ModelError(
            f"{mlflow_model} has no {ARTIFACTS}/{ARTIFACT}/{ABOUT}; log the saved folder, called {ARTIFACT}, as an "
            f"artifact: artifacts={{{ARTIFACT!r}: FOLDER}}"
        )
    return folder
