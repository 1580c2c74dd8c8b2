"""The version to be exported, as its files say it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import xgboost

from oipscorer.errors import UnusableModelError
from oipscorer.models.engines.booster import load_booster, rounds_that_count
from oipscorer.models.material import Material, read_material

from .errors import ExportError


@dataclass(frozen=True)
class Version:
    """A registered version with its files; `rounds` of the booster count, all where it is 0."""

    name: str
    number: str
    run: str
    folder: Path
    material: Material
    booster: xgboost.Booster
    rounds: int

    @property
    def features(self) -> list[str]:
        """By the order of the matrix."""
        return [column.name for column in self.material.columns]

    @property
    def example(self) -> np.ndarray:
        """float64 [rows, features]"""
        return np.array(self.material.rows, dtype=np.float64)

    @property
    def bytes(self) -> int:
        """Of the booster's file."""
        return len(self.material.booster or b"")


def version_in(folder: Path, name: str, number: str, run: str) -> Version:
    """Reads the files of an MLflow model. Raises ExportError naming what it is where it is no booster of XGBoost."""
    try:
        material = read_material(folder)
        if material.booster is None:
            raise UnusableModelError("it has no flavor 'xgboost'")
        booster = load_booster(material.booster)
    except UnusableModelError as error:
        flavors = ", ".join(mlflow.models.Model.load(folder).flavors)
        raise ExportError(
            f"version {number} of {name} (flavors: {flavors}) cannot be exported: {error}. Exported are boosters of "
            "XGBoost with an input example and recorded answers"
        ) from None
    return Version(
        name, number, run, folder, material, booster, rounds_that_count(booster, material.model_class)
    )


class Original:
    """The version as MLflow loads it: what an export is compared with."""

    def __init__(self, version: Version) -> None:
        self._model: Any = mlflow.pyfunc.load_model(str(version.folder))
        self._features = version.features

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """float64 [rows, features] to float64 [rows]."""
        answers = np.asarray(
            self._model.predict(pd.DataFrame(rows, columns=self._features)), dtype=np.float64
        )
        return answers.reshape(len(rows), -1)[:, -1]
