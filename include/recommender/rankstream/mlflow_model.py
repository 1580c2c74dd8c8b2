"""Where a model lies in what MLflow logged: its folder was the `data_path` of the loader `rankstream.pyfunc`."""

from pathlib import Path

from .errors import ModelError
from .folder import ABOUT

DATA = "data"  # MLflow's folder for the files of a loader's model
NAME = "recommender"  # of the saved folder, which MLflow keeps


def folder_of(mlflow_model: Path) -> Path:
    """The model folder in a folder that MLflow wrote or downloaded; `rankstream.folder` reads it.

    Raises:
        ModelError: it is no model of MLflow, or has no such folder.
    """
    if not (mlflow_model / "MLmodel").is_file():
        raise ModelError(f"{mlflow_model} has no file MLmodel; expected a folder that MLflow wrote")
    folder = mlflow_model / DATA / NAME
    if not (folder / ABOUT).is_file():
        raise ModelError(
            f"{mlflow_model} has no {DATA}/{NAME}/{ABOUT}; log the saved folder, called {NAME}, as data_path"
        )
    return folder
