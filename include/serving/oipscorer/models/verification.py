"""What cannot be proven to answer as it did in training never takes traffic."""

import numpy as np
import xgboost

from ..errors import UnusableModelError
from .booster import first_line, load_scorer
from .material import Material
from .native import Scorer

# A score is a float32 sum over trees, whose order may differ between machines: 24 bits hold 7 digits.
RELATIVE, ABSOLUTE = 1e-5, 1e-6


def verified(material: Material) -> tuple[Scorer, int | None]:
    """The scorer, and how many classes its answers have. Raises UnusableModelError.

    The signature's columns must be the booster's features, and its answers to the example the recorded ones.
    """
    scorer = load_scorer(material)
    _check_columns([column.name for column in material.columns], scorer.booster)
    scores = _scores(scorer, np.array(material.rows, dtype=np.float32))
    _check_answers(scores, np.reshape(material.answers, material.answers_shape))
    return scorer, scores.shape[1] if scores.ndim == 2 else None


def _check_columns(named: list[str], booster: xgboost.Booster) -> None:
    if named != booster.feature_names or len(named) != booster.num_features():
        known = booster.feature_names
        raise UnusableModelError(
            f"the signature's columns are {named}, expected the booster's features {known}"
        )
    if "c" in (booster.feature_types or ()):
        raise UnusableModelError("the booster has categorical features, which a float32 matrix cannot carry")


def _scores(scorer: Scorer, rows: np.ndarray) -> np.ndarray:
    try:
        return scorer(rows)
    except (ValueError, xgboost.core.XGBoostError) as error:
        raise UnusableModelError(f"the booster cannot score the input example: {first_line(error)}") from None


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
