"""Whether an export answers as it must."""

from typing import Any

import numpy as np

from oipscorer.conversion.parity import random_rows

from .errors import ExportError
from .measuring import Answers, parity
from .targets import ONNX_INT8
from .version import Version

# Both sum leaves in single precision, in different orders.
RELATIVE, ABSOLUTE = 1e-5, 1e-6


def checked(
    version: Version, target: str, exported: Answers, original: Answers, rows: np.ndarray
) -> dict[str, Any]:
    """The comparison on the reference `rows`, on the example, and on rows at the trees' own thresholds, by name.

    Raises ExportError where an exact target is further from the original than 1e-6 + 1e-5 of its answer; of int8 the
    difference is only told.
    """
    everything = {
        "reference": rows,
        "example": version.example,
        "thresholds": random_rows(version.booster).astype(np.float64),
    }
    told = {}
    for name, matrix in everything.items():
        said, right = exported(matrix), original(matrix)
        if target != ONNX_INT8:
            _require_same(target, name, said, right)
        told[name] = parity(said, right)
    return told


def _require_same(target: str, name: str, said: np.ndarray, right: np.ndarray) -> None:
    apart = np.abs(said - right)
    wrong = ~(apart <= ABSOLUTE + RELATIVE * np.abs(right))  # also where one of them is NaN
    if wrong.any():
        raise ExportError(
            f"as {target} it answers {int(wrong.sum())} of {len(right)} rows ({name}) otherwise than the original, "
            f"up to {float(np.nanmax(apart)):.3g} apart; allowed is {ABSOLUTE:g} + {RELATIVE:g} of each"
        )
