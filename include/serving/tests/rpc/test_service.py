"""The service over a real channel, with stubs of the protocol's own messages."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import xgboost as xgb

from oipscorer.rpc.generated import model_repository_pb2 as repository
from oipscorer.rpc.generated import open_inference_grpc_pb2 as inference
from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.rpc import call, refused
from oipscorer_testing.rpc import request as of_rows
from oipscorer_testing.server import Server

ROWS = frame(5, seed=21)


@pytest.fixture(scope="module")
def server(folders: Path, boosters: dict[str, xgb.Booster]) -> Iterator[Server]:
    made = Server(
        *("--model", f"churn={folders}/churn-1@1", "--model", f"multi={folders}/multi", "--grpc-port", "0"),
        *("--root", str(folders), "--max-body", "100000"),
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def channel(server: Server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.grpc_address) as made:
        yield made


def request(raw: bool = False, **fields: Any) -> inference.ModelInferRequest:
    """All rows by column, typed or raw."""
    return of_rows(ROWS, raw, **fields)


def test_typed_contents_are_answered_in_typed_contents(channel: grpc.Channel, booster: xgb.Booster) -> None:
    answer = call(channel, "ModelInfer", request(id="7"))

    (output,) = answer.outputs
    assert (answer.id, answer.model_name, answer.model_version) == ("7", "churn", "1")
    assert (output.name, output.datatype, list(output.shape)) == ("predict", "FP32", [5])
    assert np.array_equal(np.float32(output.contents.fp32_contents), expected(booster, ROWS))
    assert not answer.raw_output_contents


def test_raw_contents_are_answered_in_raw_contents(channel: grpc.Channel, booster: xgb.Booster) -> None:
    answer = call(channel, "ModelInfer", request(raw=True))

    assert np.array_equal(np.frombuffer(answer.raw_output_contents[0], "<f4"), expected(booster, ROWS))


def test_reasons_come_as_bytes_and_parameters_come_back(channel: grpc.Channel) -> None:
    message = request()
    message.parameters["reasons"].int64_param = 2
    message.parameters["note"].double_param = 0.5

    answer = call(channel, "ModelInfer", message)

    assert [output.name for output in answer.outputs] == ["predict", "reasons", "contributions"]
    assert set(answer.outputs[1].contents.bytes_contents) <= {name.encode() for name in ROWS.columns}
    assert answer.parameters["note"].double_param == 0.5


def test_a_sticky_key_chooses_the_same_version_as_over_http(
    start: Callable[..., Server], folders: Path
) -> None:
    models = (part for n in "12" for part in ("--model", f"churn={folders}/churn-{n}@{n}"))
    server = start(*models, "--grpc-port", "0")
    assert server.direct({"1": 50, "2": 50}).status_code == 200
    with grpc.insecure_channel(server.grpc_address) as channel:
        for key in map(str, range(20)):
            message = request()
            message.parameters["sticky_key"].string_param = key
            content = by_column(ROWS.head(1), parameters={"sticky_key": key})
            by_http = server.infer(content).json()["model_version"]
            assert call(channel, "ModelInfer", message).model_version == by_http


def test_the_server_and_its_models_are_described(channel: grpc.Channel, server: Server) -> None:
    assert call(channel, "ServerLive", inference.ServerLiveRequest()).live
    assert call(channel, "ServerReady", inference.ServerReadyRequest()).ready
    assert call(channel, "ModelReady", inference.ModelReadyRequest(name="churn", version="1")).ready
    told = call(channel, "ServerMetadata", inference.ServerMetadataRequest())
    assert list(told.extensions) == server.http.get("/v2").json()["extensions"]
    model = call(channel, "ModelMetadata", inference.ModelMetadataRequest(name="churn"))
    same = server.http.get("/v2/models/churn").json()
    assert [(one.name, one.datatype, list(one.shape)) for one in model.inputs] == [
        (one["name"], one["datatype"], one["shape"]) for one in same["inputs"]
    ]
    assert (model.platform, list(model.versions)) == (same["platform"], same["versions"])


def test_versions_are_listed_loaded_and_unloaded(channel: grpc.Channel, folders: Path) -> None:
    load = repository.RepositoryModelLoadRequest(model_name="churn")
    load.parameters["folder"].string_param = f"{folders}/churn-2"
    load.parameters["version"].string_param = "2"
    unload = repository.RepositoryModelUnloadRequest(model_name="churn")
    unload.parameters["version"].string_param = "2"

    call(channel, "RepositoryModelLoad", load)
    loaded = call(channel, "RepositoryIndex", repository.RepositoryIndexRequest(ready=True)).models
    call(channel, "RepositoryModelUnload", unload)
    left = call(channel, "RepositoryIndex", repository.RepositoryIndexRequest(ready=True)).models

    assert ("churn", "2", "READY") in [(one.name, one.version, one.state) for one in loaded]
    assert ("churn", "2") not in [(one.name, one.version) for one in left]


def changed(
    change: Callable[[inference.ModelInferRequest], Any], raw: bool = False
) -> inference.ModelInferRequest:
    message = request(raw)
    change(message)
    return message


def parameter(name: str, **value: Any) -> Callable[[inference.ModelInferRequest], Any]:
    return lambda message: message.parameters[name].MergeFrom(inference.InferParameter(**value))


def narrow(message: inference.ModelInferRequest) -> None:
    """INT8 has no field of its own."""
    message.inputs[1].datatype = "INT8"
    message.inputs[1].contents.Clear()
    message.inputs[1].contents.int_contents.extend([1, 2, 300, 4, 5])


INVALID: dict[str, tuple[inference.ModelInferRequest, str]] = {
    "no inputs": (
        inference.ModelInferRequest(model_name="churn"),
        "inputs: 'amount', 'visits', 'member', 'share' missing",
    ),
    "datatype": (
        changed(lambda m: setattr(m.inputs[0], "datatype", "X")),
        "inputs[0].datatype: 'X' for 'amount'",
    ),
    "field": (
        changed(lambda m: m.inputs[0].contents.int_contents.append(1)),
        "inputs[0].contents: values in int_contents, expected fp64_contents",
    ),
    "count": (
        changed(lambda m: m.inputs[0].contents.fp64_contents.pop()),
        "inputs[0].contents: 4 values, expected 5",
    ),
    "negative": (
        changed(lambda m: m.inputs[0].shape.__setitem__(0, -5)),
        "inputs[0].shape[0]: -5, expected 0 or more",
    ),
    "narrow": (
        changed(narrow),
        "inputs[1].contents[2]: 300, expected -128 to 127 for INT8",
    ),
    "NaN": (
        changed(lambda m: m.inputs[0].contents.fp64_contents.__setitem__(1, np.nan)),
        "inputs[0]: NaN at 1",
    ),
    "raw count": (
        changed(lambda m: m.raw_input_contents.pop(), raw=True),
        "raw_input_contents: 3 of them, expected one for each of 4",
    ),
    "raw size": (
        changed(lambda m: m.raw_input_contents.__setitem__(0, b"x"), raw=True),
        "inputs[0]: 1 bytes, expected 40",
    ),
    "raw and typed": (
        changed(lambda m: m.inputs[0].contents.fp64_contents.append(1), raw=True),
        "inputs[0].contents: there beside raw_input_contents",
    ),
    "no value": (changed(parameter("note")), "parameters.'note': no value"),
    "reasons": (
        changed(parameter("reasons", int64_param=9)),
        "parameters.reasons: 9, expected a whole number from 1 to 4",
    ),
}


@pytest.mark.parametrize("name", INVALID)
def test_a_request_that_cannot_be_scored_is_an_invalid_argument(channel: grpc.Channel, name: str) -> None:
    message, said = INVALID[name]

    code, details = refused(channel, message)

    assert (code, said in details) == (grpc.StatusCode.INVALID_ARGUMENT, True), details


def test_what_is_not_there_is_not_found(channel: grpc.Channel) -> None:
    unknown = request()
    unknown.model_name = "chrun"

    assert refused(channel, unknown)[0] == grpc.StatusCode.NOT_FOUND
    assert refused(channel, request(model_version="9"))[0] == grpc.StatusCode.NOT_FOUND
    code, said = refused(channel, inference.ModelMetadataRequest(name="chrun"), "ModelMetadata")
    assert (code, said) == (
        grpc.StatusCode.NOT_FOUND,
        "there is no model 'chrun', expected one of churn, multi",
    )


def test_a_load_that_is_refused_names_its_parameter(channel: grpc.Channel) -> None:
    typo = repository.RepositoryModelLoadRequest(model_name="churn")
    typo.parameters["fodler"].string_param = "x"
    outside = repository.RepositoryModelLoadRequest(model_name="churn")
    outside.parameters["folder"].string_param = "/etc"

    assert refused(channel, typo, "RepositoryModelLoad") == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "parameters: Object contains unknown field `fodler`",
    )
    assert refused(channel, outside, "RepositoryModelLoad")[0] == grpc.StatusCode.PERMISSION_DENIED


def test_an_oversized_message_is_refused(channel: grpc.Channel) -> None:
    code, said = refused(channel, request(id="x" * 200_000))

    assert (code, "100000" in said) == (grpc.StatusCode.RESOURCE_EXHAUSTED, True), said


def test_a_busy_server_drains_without_losing_a_call(start: Callable[..., Server], folders: Path) -> None:
    server = start("--model", f"churn={folders}/churn-1@1", "--grpc-port", "0", "--drain-seconds", "60")
    with grpc.insecure_channel(server.grpc_address) as channel:
        call(channel, "ModelInfer", request())
        server.process.send_signal(signal.SIGTERM)
        while call(channel, "ServerReady", inference.ServerReadyRequest()).ready:
            pass
        with ThreadPoolExecutor(4) as clients:  # it still answers
            done = [clients.submit(call, channel, "ModelInfer", request()) for _ in range(50)]
            assert all(one.result().model_version == "1" for one in done)
    server.terminate()  # skips the rest of the wait
    assert server.process.wait(timeout=30) == 0


def test_a_port_that_is_taken_is_named(server: Server, start: Callable[..., Server]) -> None:
    with pytest.raises(AssertionError, match="choose another --grpc-port"):
        start("--grpc-port", server.grpc_address.rpartition(":")[2])
