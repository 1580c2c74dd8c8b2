"""The tensors of an answer, and which of them a request wants."""

import numpy as np
from msgspec import Struct

from ..errors import RefusedError, shown
from .requests import InferenceRequest

PREDICT = "predict"  # as MLServer's XGBoost runtime calls it
REASONS, CONTRIBUTIONS = "reasons", "contributions"


class OutputTensor(Struct, frozen=True):
    """float32 values of any shape, or for BYTES texts in row-major order."""

    name: str
    shape: tuple[int, ...]
    datatype: str
    values: np.ndarray | list[str]


def predictions(scores: np.ndarray) -> OutputTensor:
    """The output that every answer has: float32 [rows] or [rows, classes]."""
    return OutputTensor(PREDICT, scores.shape, "FP32", scores)


def check_outputs(request: InferenceRequest, reasons: int) -> None:
    """Raises RefusedError (400) when a request asks for an output that its answer does not have, or in another form."""
    known = (PREDICT, REASONS, CONTRIBUTIONS) if reasons else (PREDICT,)
    for number, output in enumerate(request.outputs or ()):
        if output.name not in known:
            expected = ", ".join(map(repr, known))
            raise RefusedError(400, f"outputs[{number}].name: {shown(output.name)}, expected {expected}")
        if "classification" in (output.parameters or {}):
            raise RefusedError(400, f"outputs[{number}].parameters.classification: not served, expected none")


def select(outputs: list[OutputTensor], request: InferenceRequest) -> list[OutputTensor]:
    """Those that a request names, in its order; all where it names none."""
    if not request.outputs:
        return outputs
    by_name = {output.name: output for output in outputs}
    return [by_name[wanted.name] for wanted in request.outputs]
