"""From the messages of gRPC to a request of the protocol, and from its outputs to the answer's message.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_grpc.md
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import RefusedError, shown
from ..protocol.binary import bytes_of
from ..protocol.outputs import OutputTensor
from ..protocol.requests import InferenceRequest, Parameters, RequestedOutput
from ..protocol.tensors import BinaryTensor, Tensor, TypedTensor
from .generated.open_inference_grpc_pb2 import (
    InferTensorContents,
    ModelInferRequest,
    ModelInferResponse,
)

_FIELDS = {
    "BOOL": "bool_contents",
    "INT64": "int64_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
} | {
    f"{kind}{bits}": field
    for kind, field in (("INT", "int_contents"), ("UINT", "uint_contents"))
    for bits in (8, 16, 32)
}


def request_of(message: ModelInferRequest) -> InferenceRequest:
    """The request. Raises RefusedError (400) naming the field where contents are raw and typed, or in no known way."""
    inputs = _raw_inputs(message) if message.raw_input_contents else _typed_inputs(message)
    outputs = [
        RequestedOutput(one.name, parameters_of(one.parameters, f"outputs[{number}].parameters"))
        for number, one in enumerate(message.outputs)
    ]
    parameters = parameters_of(message.parameters, "parameters")
    # the list is read as one of Tensor
    return InferenceRequest(inputs, message.id or None, parameters or None, outputs)  # type: ignore[arg-type]


def _raw_inputs(message: ModelInferRequest) -> list[Tensor]:
    raw, inputs = message.raw_input_contents, message.inputs
    if len(raw) != len(inputs):
        said = f"raw_input_contents: {len(raw)} of them, expected one for each of {len(inputs)} inputs"
        raise RefusedError(400, said)
    for number, tensor in enumerate(inputs):
        if tensor.HasField("contents"):
            raise RefusedError(
                400, f"inputs[{number}].contents: there beside raw_input_contents, expected none"
            )
    return [
        BinaryTensor(tensor.name, _shape(tensor.shape, number), tensor.datatype, memoryview(values))
        for number, (tensor, values) in enumerate(zip(inputs, raw, strict=True))
    ]


def _typed_inputs(message: ModelInferRequest) -> list[Tensor]:
    return [
        TypedTensor(
            tensor.name,
            _shape(tensor.shape, number),
            tensor.datatype,
            _typed(tensor.contents, tensor.datatype, f"inputs[{number}].contents"),
        )
        for number, tensor in enumerate(message.inputs)
    ]


def _typed(contents: InferTensorContents, datatype: str, place: str) -> Any:
    """The numbers in the field that belongs to a datatype; an unknown one is refused later, by the feature's name."""
    field = _FIELDS.get(datatype)
    for filled, _ in contents.ListFields():
        if field is not None and filled.name != field:
            raise RefusedError(400, f"{place}: values in {filled.name}, expected {field} for {datatype}")
    return getattr(contents, field) if field else ()


def _shape(shape: Any, number: int) -> list[int]:
    for at, dimension in enumerate(shape):
        if dimension < 0:
            raise RefusedError(400, f"inputs[{number}].shape[{at}]: {dimension}, expected 0 or more")
    return list(shape)


def parameters_of(parameters: Mapping[str, Any], place: str) -> Parameters:
    """The values of a map of parameters. Raises RefusedError (400) for one without a value."""
    found: Parameters = {}
    for name, parameter in parameters.items():
        kind = parameter.WhichOneof("parameter_choice")
        if kind is None:
            raise RefusedError(
                400, f"{place}.{shown(name)}: no value, expected a boolean, a number or a string"
            )
        found[name] = getattr(parameter, kind)
    return found


def answer(
    message: ModelInferRequest, number: str, outputs: list[OutputTensor], parameters: Parameters | None
) -> ModelInferResponse:
    """The answer of version `number`, raw where the request was."""
    made = ModelInferResponse(model_name=message.model_name, model_version=number, id=message.id)
    for name in parameters or {}:
        made.parameters[name].CopyFrom(message.parameters[name])
    for output in outputs:
        tensor = made.outputs.add(name=output.name, datatype=output.datatype, shape=output.shape)
        if message.raw_input_contents:
            made.raw_output_contents.append(bytes_of(output))
        elif isinstance(output.values, np.ndarray):
            tensor.contents.fp32_contents.extend(output.values.ravel().tolist())
        else:
            tensor.contents.bytes_contents.extend(text.encode() for text in output.values)
    return made
