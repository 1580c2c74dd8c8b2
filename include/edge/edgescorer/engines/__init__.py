"""What computes scores: ONNX Runtime, or a library compiled from C. Only the one that is used is imported."""

from collections.abc import Callable, Sequence

from ..errors import ModelError
from ..model import Model

Score = Callable[[Sequence[tuple[float, ...]]], list[float]]


def engine_of(model: Model) -> Score:
    """Rows of values by the model's order, NaN where missing, to a score each. Raises ModelError."""
    if model.target in ("onnx", "onnx-int8"):
        from .onnx import OnnxEngine

        return OnnxEngine(model)
    if model.target == "c":
        from .compiled import CompiledEngine

        return CompiledEngine(model)
    raise ModelError(f"the model's target is {model.target!r}, expected onnx, onnx-int8 or c")
