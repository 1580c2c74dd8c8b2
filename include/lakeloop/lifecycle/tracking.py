"""What every logged model carries: signature, requirements, and the data it was made of."""

from importlib.metadata import packages_distributions, version
from typing import Any

import numpy as np
import pandas as pd
from mlflow.data.delta_dataset_source import DeltaDatasetSource
from mlflow.data.pandas_dataset import PandasDataset, from_pandas
from mlflow.models import ModelSignature, infer_signature


def signature(example: pd.DataFrame, prediction: np.ndarray) -> ModelSignature:
    """Input columns (double, by name) and the answer's shape."""
    return infer_signature(example, prediction)


class UnknownModuleError(LookupError):
    """No installed distribution provides a module."""


def requirements(*modules: str) -> list[str]:
    """What a model needs, at the installed versions. Said, because guessing it loads the model once more.

    Args:
        modules: import names: ``xgboost`` is in the distribution ``xgboost`` on one machine and in ``xgboost-cpu`` on
            another.

    Raises UnknownModuleError.
    """
    providers = packages_distributions()
    return [_pinned(module, providers.get(module, [])) for module in ("mlflow", "pandas", *modules)]


def _pinned(module: str, providers: list[str]) -> str:
    if not providers:
        raise UnknownModuleError(
            f"no installed distribution provides the module {module}, which a model needs"
        )
    # several name the same module where a slim and a full variant are installed together: the full one comes first
    name = min(set(providers), key=lambda provider: (len(provider), provider))
    return f"{name}=={version(name)}"


def dataset(frame: pd.DataFrame, table: str, table_version: int, label: str) -> PandasDataset:
    """The training rows as an MLflow dataset that points to the Delta table at its version."""
    source: Any = DeltaDatasetSource(delta_table_name=table, delta_table_version=table_version)
    return from_pandas(frame, source=source, targets=label, name=table)
