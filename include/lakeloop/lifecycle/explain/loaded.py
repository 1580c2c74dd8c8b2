"""The explainer that fits a model, whether it was just trained or loaded by MLflow."""

from typing import Any

from .contributions import Explainer, NotExplainableError
from .linear import of_pipeline
from .trees import of_booster, of_histogram

KINDS = {
    "Booster": of_booster,
    "HistGradientBoostingClassifier": of_histogram,
    "HistGradientBoostingRegressor": of_histogram,
    "Pipeline": of_pipeline,
}


def explainer_of(model: Any) -> Explainer:
    """Explains rows of the model's features. Raises NotExplainableError naming what the model is."""
    kind = type(model).__name__
    if kind not in KINDS:
        raise NotExplainableError(f"a {kind}; expected one of {', '.join(KINDS)}")
    return KINDS[kind](model)


def explainer_of_pyfunc(model: Any) -> Explainer:
    """That of the model within a pyfunc. Raises NotExplainableError, also where its answer is no score but a class."""
    try:
        inner = model.get_raw_model()
    except NotImplementedError as error:
        raise NotExplainableError("a pyfunc of somebody's own, which shows no model within") from error
    if hasattr(inner, "predict_proba") and _answer(model) != "predict_proba":
        raise NotExplainableError(
            f"a {type(inner).__name__} that answers with a class, not with a probability"
        )
    return explainer_of(inner)


def _answer(model: Any) -> str:
    """What the pyfunc calls of the model within."""
    return str(model.metadata.flavors["python_function"].get("predict_fn", "predict"))
