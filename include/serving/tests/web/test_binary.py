"""Binary tensors over HTTP: the same answers as JSON, and refusals that name what does not fit."""

import json
import struct
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oipscorer_testing.models import expected, frame
from oipscorer_testing.mutations import rows as any_rows
from oipscorer_testing.requests import as_matrix, by_column
from oipscorer_testing.server import INFER, Server

ROWS = frame(6, seed=13)
HEADER = "Inference-Header-Content-Length"
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def binary(content: dict[str, Any], values: list[np.ndarray]) -> tuple[bytes, int]:
    """A request with the values of its tensors after the JSON, and the length of the JSON."""
    for tensor, array in zip(content["inputs"], values, strict=True):
        del tensor["data"]
        tensor["parameters"] = {"binary_data_size": array.nbytes}
    said = json.dumps(content).encode()
    return said + b"".join(array.tobytes() for array in values), len(said)


def columns(rows: pd.DataFrame, **further: Any) -> tuple[bytes, int]:
    return binary(by_column(rows, **further), [column.to_numpy() for _, column in rows.items()])


def sent(server: Server, body: bytes, length: int | str) -> httpx.Response:
    return server.http.post(INFER, content=body, headers={HEADER: str(length)})


def parsed(done: httpx.Response) -> tuple[dict[str, Any], bytes]:
    """The JSON of an answer, and the bytes after it."""
    assert done.status_code == 200, done.text
    at = int(done.headers[HEADER])
    return json.loads(done.content[:at]), done.content[at:]


@FEW
@given(rows=any_rows())
def test_every_row_is_answered_as_the_booster_does(
    server: Server, booster: xgb.Booster, rows: pd.DataFrame
) -> None:
    done = sent(server, *columns(rows, parameters={"binary_data_output": True}))

    answer, tail = parsed(done)
    assert answer["outputs"] == [
        {
            "name": "predict",
            "shape": [len(rows)],
            "datatype": "FP32",
            "parameters": {"binary_data_size": len(tail)},
        }
    ]
    assert np.array_equal(np.frombuffer(tail, "<f4"), expected(booster, rows.astype("float32")))


@pytest.mark.parametrize("kind", ["<f4", "<f8"])
def test_a_matrix_may_be_binary_and_its_answer_json(server: Server, booster: xgb.Booster, kind: str) -> None:
    content = as_matrix(ROWS)
    content["inputs"][0]["datatype"] = {"<f4": "FP32", "<f8": "FP64"}[kind]

    done = sent(server, *binary(content, [ROWS.to_numpy(kind)]))

    assert HEADER.lower() not in done.headers
    right = expected(booster, ROWS.astype("float32"))
    assert np.array_equal(np.float32(done.json()["outputs"][0]["data"]), right)


def test_one_output_may_be_binary_beside_another(server: Server, booster: xgb.Booster) -> None:
    wanted = [
        {"name": "reasons", "parameters": {"binary_data": True}},
        {"name": "predict", "parameters": {"binary_data": False}},
    ]

    answer, tail = parsed(
        server.infer(by_column(ROWS, parameters={"reasons": 1, "binary_data_output": True}, outputs=wanted))
    )

    names = []
    while tail:
        (length,) = struct.unpack_from("<I", tail)
        names.append(tail[4 : 4 + length].decode())
        tail = tail[4 + length :]
    contributions = booster.predict(xgb.DMatrix(ROWS), pred_contribs=True)[:, :-1]
    assert names == [ROWS.columns[at] for at in np.abs(contributions).argmax(axis=1)]
    assert len(answer["outputs"][1]["data"]) == len(ROWS)


def changed(**parameters: Any) -> tuple[bytes, int]:
    """The first tensor with other fields."""
    content = by_column(ROWS)
    body, length = columns(ROWS)
    content = json.loads(body[:length])
    content["inputs"][0] |= parameters
    said = json.dumps(content).encode()
    return said + body[length:], len(said)


def matrix_with(value: float) -> tuple[bytes, int]:
    values = ROWS.to_numpy("float64")
    values[2, 1] = value
    return binary(as_matrix(ROWS), [values])


REFUSED: dict[str, tuple[tuple[bytes, int | str], str]] = {
    "no number": ((b"{}", "x"), "header inference-header-content-length: b'x', expected bytes of JSON"),
    "negative": ((b"{}", -1), "header inference-header-content-length: b'-1', expected"),
    "beyond": ((b"{}", 3), "at most the 2 of the body"),
    "huge": ((b"{}", "9" * 5000), "header inference-header-content-length"),
    "no JSON": ((b"x{}", 1), "the body is not valid JSON"),
    "bytes left": (
        (columns(ROWS)[0] + b"x", columns(ROWS)[1]),
        "expected 126 by parameters.binary_data_size",
    ),
    "bytes missing": (
        (columns(ROWS)[0][:-1], columns(ROWS)[1]),
        "24, but only 23 bytes are left in the body",
    ),
    "size of another shape": (changed(shape=[5]), "inputs[0]: 48 bytes, expected 40 by shape [5] of FP64"),
    "negative size": (changed(parameters={"binary_data_size": -8}), "binary_data_size: -8, expected bytes"),
    "size is text": (changed(parameters={"binary_data_size": "8"}), "binary_data_size: '8', expected bytes"),
    "data, too": (changed(data=[1]), "inputs[0].data: there beside parameters.binary_data_size"),
    "text": (changed(datatype="BYTES"), "inputs[0].datatype: 'BYTES' for 'amount', expected"),
    "NaN": (matrix_with(np.nan), "inputs[0]: NaN at 9, expected a number; missing values are not allowed"),
    "infinite": (matrix_with(np.inf), "inputs: 'visits' has infinity or a value beyond float32 in row 2"),
    "beyond float32": (matrix_with(1e39), "inputs: 'visits' has infinity or a value beyond float32 in row 2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_by_its_place(server: Server, name: str) -> None:
    request, said = REFUSED[name]

    done = sent(server, *request)

    assert done.status_code == 400, done.text
    assert said in done.json()["error"]


def test_a_byte_that_is_no_boolean_is_refused(server: Server) -> None:
    body, length = columns(ROWS)
    at = length + 2 * 6 * 8  # behind two columns of 8 bytes

    done = sent(server, body[:at] + b"\x02" + body[at + 1 :], length)

    assert (done.status_code, done.json()["error"]) == (
        400,
        "inputs[2]: a byte of 2 for BOOL, expected 0 or 1",
    )


@FEW
@given(body=st.binary(max_size=300), length=st.integers(0, 400))
def test_random_bytes_are_refused_and_never_fail(server: Server, body: bytes, length: int) -> None:
    assert sent(server, body, length).status_code == 400


@FEW
@given(at=st.integers(0, 400), value=st.integers(0, 255))
def test_a_changed_byte_is_answered_or_refused_and_never_fails(server: Server, at: int, value: int) -> None:
    body, length = columns(ROWS)
    spoilt = bytearray(body)
    spoilt[at % len(body)] = value

    assert sent(server, bytes(spoilt), length).status_code in (200, 400)
