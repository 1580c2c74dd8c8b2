"""What a client is told: the status, and a sentence that names the field, the value and what was expected."""

import socket
from typing import Any

import pytest

from oipscorer_testing.models import frame
from oipscorer_testing.requests import as_matrix, by_column
from oipscorer_testing.server import INFER, Server

ROWS = frame(3, seed=2)
LIMIT = 100_000


def changed(at: int, **fields: Any) -> dict[str, Any]:
    """A request by column with one tensor changed."""
    content = by_column(ROWS)
    content["inputs"][at] |= fields
    return content


def without(at: int) -> dict[str, Any]:
    content = by_column(ROWS)
    del content["inputs"][at]
    return content


REFUSED = {
    "no inputs": ({}, "missing required field `inputs`"),
    "empty inputs": ({"inputs": []}, "inputs: 'amount', 'visits', 'member', 'share' missing"),
    "a list": ([], "Expected `object`, got `array`"),
    "a typo": ({"inputs": [], "output": []}, "unknown field `output`"),
    "id of another type": (by_column(ROWS, id=4), "id: Expected `str | null`, got `int`"),
    "nested parameter": (by_column(ROWS, parameters={"a": {}}), "parameters[...]: Expected"),
    "sticky key": (
        by_column(ROWS, parameters={"sticky_key": 0.5}),
        "parameters.sticky_key: 0.5, expected a string",
    ),
    "unknown output": (by_column(ROWS, outputs=[{"name": "p"}]), "outputs[0].name: 'p', expected 'predict'"),
    "missing feature": (without(1), "inputs: 'visits' missing"),
    "unknown feature": (
        changed(0, name="zip"),
        "inputs[0].name: 'zip', expected a feature of the model ('amount', ",
    ),
    "duplicate": (changed(3, name="amount"), "inputs[3].name: 'amount' comes twice"),
    "unknown datatype": (
        changed(0, datatype="FP16"),
        "inputs[0].datatype: 'FP16' for 'amount', expected FP32, FP64",
    ),
    "float as integer": (
        changed(1, datatype="FP64"),
        "inputs[1].datatype: 'FP64' for 'visits', expected INT16",
    ),
    "number as boolean": (
        changed(2, datatype="INT8"),
        "inputs[2].datatype: 'INT8' for 'member', expected BOOL",
    ),
    "too many dimensions": (
        changed(0, shape=[3, 1, 1]),
        "inputs[0].shape: [3, 1, 1], expected [rows] or [rows, 1]",
    ),
    "no rows": (
        changed(0, shape=[0], data=[]),
        "inputs[0].shape: [0], expected [rows] or [rows, 1] with 1 row",
    ),
    "negative": (changed(0, shape=[-3]), "inputs[0].shape[0]: Expected `int` >= 0"),
    "other rows": (
        changed(1, shape=[2], data=[1, 2]),
        "inputs[1].shape: [2], expected 3 rows as in inputs[0]",
    ),
    "too few values": (changed(0, data=[0.1, 0.2]), "inputs[0].data: 2 values, expected 3 by shape [3]"),
    "nested and flat": (changed(0, data=[[0.1], [0.2], [0.3]]), "inputs[0].data: rows in a list each"),
    "ragged": (
        changed(0, shape=[3, 1], data=[[1], [2, 3], []]),
        "inputs[0].data[1]: has 2 values, expected 1",
    ),
    "rows of a nest": (changed(0, shape=[3, 1], data=[[1], [2]]), "inputs[0].data: 2 rows, expected 3"),
    "text": (changed(0, data=["a", "b", "c"]), "inputs[0].data[0]: Expected `float`, got `str`"),
    "null": (changed(0, data=[0.5, None, 1]), "inputs[0].data[1]: Expected `float`, got `null`"),
    "no list": (changed(0, data=5), "inputs[0].data: Expected `array`, got `int`"),
    "fraction": (changed(1, data=[1, 2.5, 3]), "inputs[1].data[1]: Expected `int`, got `float`"),
    "beyond INT8": (
        changed(1, datatype="INT8", data=[1, 2, 300]),
        "inputs[1].data[2]: Expected `int` <= 127",
    ),
    "below UINT8": (changed(1, datatype="UINT8", data=[1, 2, -3]), "inputs[1].data[2]: Expected `int` >= 0"),
    "beyond UINT64": (
        changed(1, datatype="UINT64", data=[1, 2, 2**64]),
        "inputs[1].data: a value beyond UINT64",
    ),
    "beyond double": (changed(0, data=[1, 2, 10**400]), "inputs[0].data"),
    "beyond float32": (
        changed(0, data=[1, 2, 1e39]),
        "'amount' has infinity or a value beyond float32 in row 2",
    ),
    "number as BOOL": (changed(2, data=[1, 0, 1]), "inputs[2].data[0]: Expected `bool`, got `int`"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_cannot_be_scored_is_refused_by_the_field(server: Server, name: str) -> None:
    content, said = REFUSED[name]

    done = server.infer(content)

    assert done.status_code == 400, done.text
    assert said in done.json()["error"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"shape": [3, 5]}, "inputs[0].shape: [3, 5], expected [rows, 4]"),
        ({"shape": [12]}, "inputs[0].shape: [12], expected [rows, 4]"),
        ({"datatype": "INT64"}, "inputs[0].datatype: 'INT64', expected FP32 or FP64"),
        ({"shape": [2, 4]}, "inputs[0].data: 12 values, expected 8"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(server: Server, fields: dict[str, Any], said: str) -> None:
    content = as_matrix(ROWS)
    content["inputs"][0] |= fields

    done = server.infer(content)

    assert (done.status_code, said in done.json()["error"]) == (400, True), done.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"inputs": NaN}', b'{"id": "\xff", "inputs": []}', b"[" * 90_000]
)
def test_a_body_that_is_no_json_is_refused(server: Server, body: bytes) -> None:
    done = server.http.post(INFER, content=body)

    assert done.status_code == 400, done.text
    assert done.json()["error"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v2/models/chrun/infer", 404, "there is no model 'chrun', expected one of churn, multi"),
        ("/v2/models/churn/versions/9/infer", 404, "model 'churn' has no version '9', expected one of 1"),
        ("/v2/models/churn/version/1/infer", 404, "expected /v2/models/NAME[/versions/VERSION]/infer"),
        ("/v2/models/churn", 405, "Method Not Allowed"),
        ("/v3", 404, "Not Found"),
    ],
)
def test_an_address_that_is_not_there_is_named(server: Server, path: str, status: int, said: str) -> None:
    done = server.infer(by_column(ROWS), path)

    assert done.status_code == status
    assert said in done.json()["error"]


def test_an_oversized_body_is_refused_before_it_is_read(server: Server) -> None:
    head = f"POST {INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: {10**12}\r\n\r\n"

    with connected(server) as sent:
        sent.sendall(head.encode())
        said = all_of(sent)

    assert said.startswith(b"HTTP/1.1 413 ")
    assert f"the body has {10**12} bytes, expected at most {LIMIT}".encode() in said


def test_a_body_without_a_length_is_read_no_further_than_the_limit(server: Server) -> None:
    head = f"POST {INFER} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"

    with connected(server) as sent:
        sent.sendall(head.encode() + chunk * (LIMIT // 4096 + 1))  # and the stream goes on
        said = all_of(sent)

    assert said.startswith(b"HTTP/1.1 413 ")
    assert f"expected at most {LIMIT}".encode() in said


@pytest.mark.parametrize("header", ["Content-Encoding"])
def test_a_compressed_body_is_refused_by_its_header(server: Server, header: str) -> None:
    done = server.http.post(INFER, json=by_column(ROWS), headers={header: "120"})

    assert (done.status_code, header.lower() in done.json()["error"]) == (415, True)


def test_the_server_goes_on_after_all_this(server: Server) -> None:
    assert server.infer(by_column(ROWS)).status_code == 200


def connected(server: Server) -> socket.socket:
    host, port = server.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def all_of(connection: socket.socket) -> bytes:
    """All until the server closes the connection."""
    said = b""
    while piece := connection.recv(65536):
        said += piece
    return said
