"""Batch scoring on Spark: the model travels to the workers once, inside the function that they run.

Workers need neither access to MLflow nor this package; they need MLflow and the model's own library, and for the
reasons of scikit-learn's trees the package shap. What scores, and what explains a score, travels inside the same
function, by value.
"""

from .frames import REASONS, refusal, score_frame
from .packing import ModelTooLargeError, pack, packed_size
from .workers import Batches, loader, scorer

__all__ = [
    "REASONS",
    "Batches",
    "ModelTooLargeError",
    "loader",
    "pack",
    "packed_size",
    "refusal",
    "score_frame",
    "scorer",
]
