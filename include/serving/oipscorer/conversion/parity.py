"""Whether an ONNX graph answers as the booster that it was made from."""

import json

import numpy as np
import xgboost
from msgspec import Struct

from ..errors import UnusableModelError
from ..models.engines.native import Scorer
from ..models.engines.onnx import OnnxScorer

RANDOM_ROWS, SEED = 2_000, 17
MISSING = 0.1  # of the random values
# Both sum leaves in single precision, in different orders.
RELATIVE, ABSOLUTE = 1e-5, 1e-6


class Parity(Struct, frozen=True):
    """On how many rows the two were compared, and the largest difference between their answers."""

    rows: int
    apart: float


def require_parity(graph: bytes, booster: xgboost.Booster, rounds: int, example: list[list[float]]) -> Parity:
    """Compares them on the example and on 2,000 random rows. Raises UnusableModelError where they are further apart
    than 1e-6 + 1e-5 of the booster's answer."""
    rows = np.vstack([np.array(example, dtype=np.float32), random_rows(booster)])
    said, right = OnnxScorer(graph, rows.shape[1])(rows), Scorer(booster, rounds)(rows)
    if said.shape != right.shape:
        raise UnusableModelError(f"as ONNX it gives {list(said.shape)}, the booster {list(right.shape)}")
    apart = np.abs(said - right)
    wrong = ~(apart <= ABSOLUTE + RELATIVE * np.abs(right))  # also where one of them is NaN
    if wrong.any():
        raise UnusableModelError(
            f"as ONNX it answers {int(wrong.sum())} of {wrong.size} values otherwise than the booster, up to "
            f"{float(np.nanmax(apart)):.3g} apart; allowed is {ABSOLUTE:g} + {RELATIVE:g} of each"
        )
    return Parity(len(rows), float(apart.max()))


def random_rows(booster: xgboost.Booster) -> np.ndarray:
    """Rows that meet the booster's own thresholds, and the next number below and above each; some values are missing.

    A comparison by ``<=`` instead of ``<``, and a missing value that goes the other way, differ on such rows alone.
    """
    random = np.random.default_rng(SEED)
    rows = np.empty((RANDOM_ROWS, booster.num_features()), dtype=np.float32)
    for column, thresholds in enumerate(_thresholds(booster)):
        drawn = random.choice(thresholds, RANDOM_ROWS)
        towards = random.choice(np.array([-np.inf, 0, np.inf], dtype=np.float32), RANDOM_ROWS)
        rows[:, column] = np.where(towards == 0, drawn, np.nextafter(drawn, towards))
    rows[random.random(rows.shape) < MISSING] = np.nan
    return rows


def _thresholds(booster: xgboost.Booster) -> list[np.ndarray]:
    """By feature, float32; 0 for one that no tree looks at. A leaf's place in the list holds its value: left out."""
    found: list[list[float]] = [[] for _ in range(booster.num_features())]
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    for tree in trees:
        nodes = zip(tree["left_children"], tree["split_indices"], tree["split_conditions"], strict=True)
        for left, feature, threshold in nodes:
            if left != -1:
                found[feature].append(threshold)
    return [np.array(values or [0.0], dtype=np.float32) for values in found]
