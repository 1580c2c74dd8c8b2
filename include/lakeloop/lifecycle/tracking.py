"""What every logged model carries: signature, requirements, and the data it was made of."""

from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from mlflow.data.delta_dataset_source import DeltaDatasetSource
from mlflow.data.pandas_dataset import PandasDataset, from_pandas
from mlflow.models import ModelSignature, infer_signature


def signature(example: pd.DataFrame, prediction: np.ndarray) -> ModelSignature:
    """Input columns (double, by name) and the answer's shape."""
    return infer_signature(example, prediction)


def requirements(*packages: str) -> list[str]:
    """The packages at their installed versions. Said, because guessing them loads the model once more."""
    return [f"{package}=={version(package)}" for package in ("mlflow", "pandas", *packages)]


def dataset(frame: pd.DataFrame, table: str, table_version: int, label: str) -> PandasDataset:
    """The training rows as an MLflow dataset that points to the Delta table at its version."""
    source: Any = DeltaDatasetSource(delta_table_name=table, delta_table_version=table_version)
    return from_pandas(frame, source=source, targets=label, name=table)
