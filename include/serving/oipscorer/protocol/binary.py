"""Binary tensors: values as the machine has them, after the JSON of a request or an answer, in its order.

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from struct import pack

import numpy as np

from ..errors import RefusedError, shown
from .outputs import OutputTensor
from .requests import InferenceRequest, InputTensor
from .tensors import BinaryTensor, Tensor

HEADER = "inference-header-content-length"  # bytes of JSON before the first tensor
BINARY_SIZE, BINARY, BINARY_ALL = "binary_data_size", "binary_data", "binary_data_output"


def split(body: bytes, header: bytes) -> tuple[bytes, memoryview]:
    """The JSON of a body, and the bytes after it. Raises RefusedError (400) unless the header fits the body."""
    length = int(header) if header.isdigit() and len(header) < 20 else -1
    if not 0 <= length <= len(body):
        said = (
            f"header {HEADER}: {shown(header)}, expected bytes of JSON, at most the {len(body)} of the body"
        )
        raise RefusedError(400, said)
    return body[:length], memoryview(body)[length:]


def with_binary(request: InferenceRequest, binary: memoryview) -> InferenceRequest:
    """The request with the bytes that belong to each tensor. Raises RefusedError (400) where they do not fit."""
    at = 0
    inputs: list[Tensor] = []
    for number, tensor in enumerate(request.inputs):
        size = _size(tensor, f"inputs[{number}]")
        if size is None:
            inputs.append(tensor)
            continue
        inputs.append(_binary(tensor, binary[at : at + size], size, f"inputs[{number}]"))
        at += size
    if at != len(binary):
        said = f"{len(binary)} bytes after the JSON, expected {at} by parameters.{BINARY_SIZE} of all inputs"
        raise RefusedError(400, f"the body has {said}")
    request.inputs = inputs  # type: ignore[assignment]  # the list is read as one of Tensor
    return request


def _size(tensor: Tensor, place: str) -> int | None:
    size = (tensor.parameters or {}).get(BINARY_SIZE) if isinstance(tensor, InputTensor) else None
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 0):
        raise RefusedError(400, f"{place}.parameters.{BINARY_SIZE}: {shown(size)}, expected bytes, 0 or more")
    return size


def _binary(tensor: Tensor, values: memoryview, size: int, place: str) -> BinaryTensor:
    if len(values) < size:
        said = f"{size}, but only {len(values)} bytes are left in the body"
        raise RefusedError(400, f"{place}.parameters.{BINARY_SIZE}: {said}")
    if isinstance(tensor, InputTensor) and len(bytes(tensor.data)):
        raise RefusedError(400, f"{place}.data: there beside parameters.{BINARY_SIZE}, expected one of them")
    return BinaryTensor(tensor.name, tensor.shape, tensor.datatype, values)


def wants_binary(name: str, request: InferenceRequest) -> bool:
    """Whether an output is to be binary: as its own parameter says, or else that of the request."""
    for output in request.outputs or ():
        if output.name == name and output.parameters and BINARY in output.parameters:
            return output.parameters[BINARY] is True
    return request.parameters is not None and request.parameters.get(BINARY_ALL) is True


def bytes_of(output: OutputTensor) -> bytes:
    """Values in row-major order, little endian; before each of BYTES its length as 4 bytes."""
    if isinstance(output.values, np.ndarray):
        return np.ascontiguousarray(output.values, dtype="<f4").tobytes()
    texts = [text.encode() for text in output.values]
    return b"".join(pack("<I", len(text)) + text for text in texts)
