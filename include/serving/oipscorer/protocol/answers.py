"""The answer to an inference request, as JSON."""

import numpy as np
from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Encoder

from ..errors import RefusedError, shown
from .requests import InferenceRequest, Parameters

OUTPUT_NAME = "predict"  # as MLServer's XGBoost runtime calls it
encode = Encoder().encode


class OutputTensor(Struct):
    """``$response_output``: `data` is flat, in row-major order."""

    name: str
    shape: tuple[int, ...]
    datatype: str
    data: list[float]


class InferenceAnswer(Struct):
    """``$inference_response``"""

    model_name: str
    model_version: str
    outputs: list[OutputTensor]
    id: str | UnsetType = UNSET
    parameters: Parameters | UnsetType = UNSET


def check_outputs(request: InferenceRequest) -> None:
    """Raises RefusedError (400) when a request asks for another output than the only one."""
    for number, output in enumerate(request.outputs or ()):
        if output.name != OUTPUT_NAME:
            raise RefusedError(400, f"outputs[{number}].name: {shown(output.name)}, expected {OUTPUT_NAME!r}")


def answer(request: InferenceRequest, name: str, version: str, scores: np.ndarray) -> bytes:
    """The body for scores of shape [rows] or [rows, classes], with the request's id and parameters."""
    output = OutputTensor(OUTPUT_NAME, scores.shape, "FP32", scores.ravel().tolist())
    made = InferenceAnswer(name, version, [output])
    if request.id is not None:
        made.id = request.id
    if request.parameters is not None:
        made.parameters = request.parameters
    return encode(made)
