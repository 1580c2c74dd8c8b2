"""What cannot be proven to answer as it did in training never takes traffic."""

import numpy as np
import xgboost
from msgspec import Struct

from ..errors import UnusableModelError
from .engines.booster import first_line, load_booster, rounds_that_count
from .engines.contributions import Contributions
from .engines.engine import Engine, Score
from .engines.native import Scorer
from .material import Material

# A score is a float32 sum over trees, whose order may differ between machines: 24 bits hold 7 digits.
RELATIVE, ABSOLUTE = 1e-5, 1e-6
SILENT_ONNX = "it is an ONNX model with no XGBoost model beside it"


def verified(material: Material) -> Engine:
    """The engine of a model. Raises UnusableModelError.

    The signature's columns must be the model's, and its answers to the example the recorded ones. Where a folder holds
    an ONNX model and the booster that it was made from, both must answer so: one scores, the other explains.
    """
    example = Example(
        np.array(material.rows, dtype=np.float32), np.reshape(material.answers, material.answers_shape)
    )
    classes = example.answers.shape[1] if example.answers.ndim == 2 else None
    engine = None if material.booster is None else _by_booster(material, material.booster, example, classes)
    if material.onnx is None:
        assert engine is not None  # a material has one of them
        return engine
    score = _onnx_score(material.onnx, len(material.columns), example)
    explain, silent = (engine.explain, engine.silent) if engine else (None, SILENT_ONNX)
    return Engine("onnxruntime_mlflow", score, explain, silent, classes)


class Example(Struct, frozen=True):
    """The example's rows, float32 [rows, features], and the recorded answers, [rows] or [rows, classes]."""

    rows: np.ndarray
    answers: np.ndarray


def _by_booster(material: Material, model: bytes, example: Example, classes: int | None) -> Engine:
    booster = load_booster(model)
    _check_columns([column.name for column in material.columns], booster)
    rounds = rounds_that_count(booster, material.model_class)
    score, explain = Scorer(booster, rounds), Contributions(booster, rounds)
    _check_answers("booster", score, example)
    silent = explain.contradiction(example.rows)
    return Engine("xgboost_mlflow", score, None if silent else explain, silent, classes)


def _onnx_score(model: bytes, features: int, example: Example) -> Score:
    try:
        from .engines.onnx import OnnxScorer  # here: only a server of such models pays for the import
    except ImportError:
        raise UnusableModelError("ONNX Runtime is not installed; pip install oipscorer[onnx]") from None
    score = OnnxScorer(model, features)
    _check_answers("ONNX model", score, example)
    return score


def _check_columns(named: list[str], booster: xgboost.Booster) -> None:
    if named != booster.feature_names or len(named) != booster.num_features():
        known = booster.feature_names
        raise UnusableModelError(
            f"the signature's columns are {named}, expected the booster's features {known}"
        )
    if "c" in (booster.feature_types or ()):
        raise UnusableModelError("the booster has categorical features, which a float32 matrix cannot carry")


def _check_answers(what: str, score: Score, example: Example) -> None:
    scores, recorded = _scores(what, score, example.rows), example.answers
    if scores.shape != recorded.shape:
        said = (
            f"answers of shape {list(scores.shape)} to its input example, recorded is {list(recorded.shape)}"
        )
        raise UnusableModelError(f"the {what} gives {said}")
    if not np.allclose(scores, recorded, rtol=RELATIVE, atol=ABSOLUTE):
        apart = float(np.abs(scores - recorded).max())
        said = (
            f"up to {apart:.3g} from its recorded predictions, allowed is {ABSOLUTE:g} + {RELATIVE:g} of each"
        )
        raise UnusableModelError(f"the {what}'s answers to its input example are {said}")


def _scores(what: str, score: Score, rows: np.ndarray) -> np.ndarray:
    try:
        return score(rows)
    except Exception as error:  # each engine has errors of its own, and all of them mean the same here
        raise UnusableModelError(f"the {what} cannot score the input example: {first_line(error)}") from None
