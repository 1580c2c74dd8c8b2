"""Loads a version and verifies it: what cannot be proven to answer as it did in training never takes traffic."""

from pathlib import Path

import numpy as np
import xgboost

from ..errors import UnusableModelError
from ..protocol.features import Feature, Features
from .booster import Scorer, load_scorer
from .example import answers_of, example_of
from .mlmodel import inside, read_mlmodel
from .signature import columns_of
from .version import Version

# A score is a float32 sum over trees, whose order may differ between machines: 24 bits hold 7 digits.
RELATIVE, ABSOLUTE = 1e-5, 1e-6


def load_version(name: str, number: str, folder: Path, missing: bool) -> Version:
    """The verified version in a folder that MLflow wrote. Raises UnusableModelError with the reason."""
    mlmodel = read_mlmodel(folder)
    flavor = mlmodel.flavors.xgboost
    if flavor is None:
        raise UnusableModelError(
            f"{folder / 'MLmodel'} has no flavor 'xgboost', which is the only one served"
        )
    columns = columns_of(mlmodel)
    scorer = load_scorer(inside(folder, flavor.data), flavor)
    _check_columns(columns, scorer.booster)
    scores = _scores(scorer, example_of(folder, mlmodel, columns))
    _check_answers(scores, answers_of(mlmodel))
    classes = scores.shape[1] if scores.ndim == 2 else None
    return Version(name, number, Features(columns, missing), scorer, classes)


def _check_columns(columns: tuple[Feature, ...], booster: xgboost.Booster) -> None:
    named, known = [column.name for column in columns], booster.feature_names
    if named != known:
        raise UnusableModelError(
            f"the signature's columns are {named}, expected the booster's features {known}"
        )
    if "c" in (booster.feature_types or ()):
        raise UnusableModelError("the booster has categorical features, which a float32 matrix cannot carry")


def _scores(scorer: Scorer, rows: np.ndarray) -> np.ndarray:
    try:
        return scorer(rows)
    except (ValueError, xgboost.core.XGBoostError) as error:
        raise UnusableModelError(f"the booster cannot score the input example: {error}") from None


def _check_answers(scores: np.ndarray, recorded: np.ndarray) -> None:
    if scores.shape != recorded.shape:
        said = (
            f"answers of shape {list(scores.shape)} to its input example, recorded is {list(recorded.shape)}"
        )
        raise UnusableModelError(f"the booster gives {said}")
    if not np.allclose(scores, recorded, rtol=RELATIVE, atol=ABSOLUTE):
        apart = float(np.abs(scores - recorded).max())
        said = (
            f"up to {apart:.3g} from its recorded predictions, allowed is {ABSOLUTE:g} + {RELATIVE:g} of each"
        )
        raise UnusableModelError(f"the booster's answers to its input example are {said}")
