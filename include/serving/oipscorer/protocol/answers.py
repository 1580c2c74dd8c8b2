"""The answer to an inference request, as JSON with its values, or with binary tensors after it."""

from typing import Any

import numpy as np
from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Encoder

from .binary import BINARY_SIZE, bytes_of, wants_binary
from .outputs import OutputTensor
from .requests import InferenceRequest, Parameters

encode = Encoder().encode


class AnsweredTensor(Struct):
    """``$response_output``: `data` is flat, in row-major order, and absent where the tensor is binary."""

    name: str
    shape: tuple[int, ...]
    datatype: str
    data: list[Any] | UnsetType = UNSET
    parameters: dict[str, int] | UnsetType = UNSET


class InferenceAnswer(Struct):
    """``$inference_response``"""

    model_name: str
    model_version: str
    outputs: list[AnsweredTensor]
    id: str | UnsetType = UNSET
    parameters: Parameters | UnsetType = UNSET


def answer(
    request: InferenceRequest, name: str, version: str, outputs: list[OutputTensor]
) -> tuple[bytes, int | None]:
    """The body with the request's id and parameters, and the length of its JSON where binary tensors follow it."""
    binary: list[bytes] = []
    tensors = [_tensor(output, request, binary) for output in outputs]
    made = InferenceAnswer(name, version, tensors)
    if request.id is not None:
        made.id = request.id
    if request.parameters is not None:
        made.parameters = request.parameters
    said = encode(made)
    return (b"".join([said, *binary]), len(said)) if binary else (said, None)


def _tensor(output: OutputTensor, request: InferenceRequest, binary: list[bytes]) -> AnsweredTensor:
    if not wants_binary(output.name, request):
        values = output.values.ravel().tolist() if isinstance(output.values, np.ndarray) else output.values
        return AnsweredTensor(output.name, output.shape, output.datatype, values)
    binary.append(bytes_of(output))
    size = {BINARY_SIZE: len(binary[-1])}
    return AnsweredTensor(output.name, output.shape, output.datatype, parameters=size)
