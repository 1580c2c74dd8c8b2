"""What every logged model carries: signature, requirements, and the data it was made of."""

from importlib.metadata import packages_distributions, version
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.data.delta_dataset_source import DeltaDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.data.pandas_dataset import PandasDataset, from_pandas
from mlflow.models import ModelSignature, infer_signature

EXAMPLE_ANSWERS = (
    "example_answers"  # in a model's metadata: what it said about its example right after training
)
# What the two kinds of scikit-learn's models hold beside its public classes; MLflow trusts nothing by itself.
TRUSTED = [
    "numpy.dtype",  # of the imputer's statistics
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
]


def signature(example: pd.DataFrame, prediction: np.ndarray | pd.DataFrame) -> ModelSignature:
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
    return from_pandas(frame, source=_source(table, table_version), targets=label, name=table)


def table_dataset(table: str, table_version: int) -> MetaDataset:
    """The same for rows that the driver has not read: the pointer alone, without schema and profile."""
    # its profile is declared abstract and then never asked for: MLflow makes such a dataset itself, too
    return MetaDataset(_source(table, table_version), name=table)  # type: ignore[abstract]


def _source(table: str, version: int) -> Any:
    return DeltaDatasetSource(delta_table_name=table, delta_table_version=version)


def log_model(model: Any, name: str, example: pd.DataFrame) -> None:
    """Logs a Booster or a scikit-learn model under the current run, as a pyfunc that answers with predictions.

    A Booster answers with one number per row, a classifier with one probability per class. What it says about the
    example goes into its metadata: the gate asks the served model for the same.
    """
    if hasattr(model, "get_score"):
        _log_booster(model, name, example)
    else:
        _log_sklearn(model, name, example)


def _log_booster(booster: Any, name: str, example: pd.DataFrame) -> None:
    from xgboost import DMatrix

    answers = booster.predict(DMatrix(example))
    mlflow.xgboost.log_model(
        booster,
        name=name,
        signature=signature(example, answers),
        metadata={EXAMPLE_ANSWERS: answers.tolist()},
        input_example=example,
        pip_requirements=requirements("xgboost"),
        model_format="json",
    )


def _log_sklearn(model: Any, name: str, example: pd.DataFrame) -> None:
    answer = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    answers = getattr(model, answer)(example)
    mlflow.sklearn.log_model(
        model,
        name=name,
        signature=signature(example, answers),
        metadata={EXAMPLE_ANSWERS: answers.tolist()},
        input_example=example,
        pip_requirements=requirements("sklearn"),
        pyfunc_predict_fn=answer,
        skops_trusted_types=TRUSTED,
    )
