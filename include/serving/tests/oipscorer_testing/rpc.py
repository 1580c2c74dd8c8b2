"""Calls over a real channel, with the protocol's own messages."""

from typing import Any

import grpc
import pandas as pd
import pytest

from oipscorer.rpc.generated import model_repository_pb2 as repository
from oipscorer.rpc.generated import open_inference_grpc_pb2 as inference

from .requests import DATATYPES

FIELDS = {
    "float64": "fp64_contents",
    "float32": "fp32_contents",
    "int64": "int64_contents",
    "bool": "bool_contents",
}
Metadata = tuple[tuple[str, str], ...]


def called(channel: grpc.Channel, name: str) -> Any:
    """What makes a call of the service."""
    module = repository if name.startswith("Repository") else inference
    return channel.unary_unary(
        f"/inference.GRPCInferenceService/{name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=getattr(module, f"{name}Response").FromString,
    )


def call(channel: grpc.Channel, name: str, message: Any, metadata: Metadata = ()) -> Any:
    """The answer to a call. Raises grpc.RpcError."""
    return called(channel, name)(message, timeout=30, metadata=metadata)


def refused(
    channel: grpc.Channel, message: Any, name: str = "ModelInfer", metadata: Metadata = ()
) -> tuple[grpc.StatusCode, str]:
    """The status and the sentence of a call that must fail."""
    with pytest.raises(grpc.RpcError) as error:
        call(channel, name, message, metadata)
    return error.value.code(), error.value.details()


def request(rows: pd.DataFrame, raw: bool = False, **fields: Any) -> inference.ModelInferRequest:
    """A tensor for each column, typed or raw."""
    made = inference.ModelInferRequest(**{"model_name": "churn", **fields})
    for name, column in rows.items():
        kind = str(column.dtype)
        tensor = made.inputs.add(name=name, datatype=DATATYPES[kind], shape=[len(rows)])
        if raw:
            made.raw_input_contents.append(column.to_numpy().tobytes())
        else:
            getattr(tensor.contents, FIELDS[kind]).extend(column.tolist())
    return made


def keyed(rows: pd.DataFrame, key: str, **fields: Any) -> inference.ModelInferRequest:
    """The same with a sticky key."""
    made = request(rows, **fields)
    made.parameters["sticky_key"].string_param = key
    return made
