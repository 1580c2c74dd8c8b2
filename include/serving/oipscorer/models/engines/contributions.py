"""Why a booster gives a score: SHAP values, as XGBoost itself computes them from its trees.

Source: Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees",
algorithm 2; `pred_contribs` of https://xgboost.readthedocs.io/en/stable/prediction.html.
"""

import numpy as np
import xgboost

# Between the sum of all contributions and the raw score, both sums in single precision in different orders.
RELATIVE, ABSOLUTE = 1e-3, 1e-4


class Contributions:
    """What each feature adds to the raw score (of a probability its log-odds), with the first `trees` rounds."""

    def __init__(self, booster: xgboost.Booster, trees: int) -> None:
        self._booster, self._rounds = booster, (0, trees)

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """Float32 [rows, features] to float32 [rows, features]. Raises XGBoostError."""
        return self.with_base(matrix)[:, :-1]

    def with_base(self, matrix: np.ndarray) -> np.ndarray:
        """Float32 [rows, features + 1]: the last column is the score of a row of which nothing is known."""
        return self._predicted(matrix, pred_contribs=True)

    def contradiction(self, rows: np.ndarray) -> str:
        """Why this booster cannot be explained by a contribution of each feature to one score; empty where it can."""
        parts, raw = self.with_base(rows), self._predicted(rows, output_margin=True)
        if parts.ndim != 2 or raw.shape != (len(rows),):
            return "it has several scores a row"
        if not np.allclose(parts.sum(axis=1), raw, rtol=RELATIVE, atol=ABSOLUTE):
            return "its contributions do not add up to its raw scores"
        return ""

    def _predicted(self, matrix: np.ndarray, **what: bool) -> np.ndarray:
        rows = xgboost.DMatrix(matrix, nthread=1)
        return self._booster.predict(rows, iteration_range=self._rounds, validate_features=False, **what)
