"""tritonclient as it is published, over HTTP and gRPC, by its defaults: binary tensors, raw contents."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from oipscorer_testing.environments import NotInstallableError, python_with
from oipscorer_testing.models import expected, frame
from oipscorer_testing.server import Server

ROWS = frame(4, seed=31)
DATATYPES = {"float64": "FP64", "float32": "FP32", "int64": "INT64", "bool": "BOOL"}
PROTOCOLS = ("http", "grpc")
ASKED = Path(__file__).with_name("asked.py")


@pytest.fixture(scope="module")
def client() -> Path:
    try:
        return python_with("oip-clients", "tritonclient[grpc,http]==2.73.0", "numpy==2.4.6")
    except NotInstallableError as error:
        pytest.skip(f"tritonclient 2.73.0 cannot be installed: {error}")


@pytest.fixture(scope="module")
def server(folders: Path, boosters: dict[str, xgb.Booster]) -> Iterator[Server]:
    made = Server(
        *("--model", f"churn={folders}/churn-1@1", "--model", f"multi={folders}/multi", "--grpc-port", "0"),
        *("--root", str(folders), "--max-body", "100000"),
    )
    yield made
    made.close()


def tensors(**changes: Any) -> list[dict[str, Any]]:
    """All rows by column; `changes` are of the first tensor."""
    made = [
        {
            "name": name,
            "shape": [len(ROWS)],
            "datatype": DATATYPES[str(column.dtype)],
            "data": column.tolist(),
        }
        for name, column in ROWS.items()
    ]
    made[0] |= changes
    return made


def matrix(rows: Any = ROWS) -> list[dict[str, Any]]:
    values = rows.to_numpy("float32")
    return [
        {"name": "input-0", "shape": list(values.shape), "datatype": "FP32", "data": values.ravel().tolist()}
    ]


def ask(client: Path, server: Server, protocol: str, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    address = server.address.removeprefix("http://") if protocol == "http" else server.grpc_address
    done = subprocess.run(
        [str(client), str(ASKED), protocol, address],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_form_of_a_request_is_answered_as_the_booster_does(
    client: Path, server: Server, protocol: str, boosters: dict[str, xgb.Booster]
) -> None:
    reasons = {"parameters": {"reasons": 1}}
    as_json = [one | {"how": [False]} for one in tensors()] if protocol == "http" else tensors()
    forms: list[dict[str, Any]] = [
        {"model": "churn", "inputs": tensors()},
        {"model": "churn", "inputs": as_json},
        {"model": "churn", "inputs": matrix(), "further": {"model_version": "1", "request_id": "a"}},
        {
            "model": "churn",
            "inputs": tensors(),
            "outputs": ["predict", "reasons", "contributions"],
            "further": reasons,
        },
        {"model": "multi", "inputs": tensors()},
    ]

    *alike, multi = ask(client, server, protocol, *forms)

    right = expected(boosters["churn-1"], ROWS)
    for answer in alike:
        assert np.array_equal(np.float32(answer["outputs"]["predict"]), right), answer
    contributions = boosters["churn-1"].predict(xgb.DMatrix(ROWS), pred_contribs=True)[:, :-1]
    largest = np.abs(contributions).argmax(axis=1)
    assert alike[3]["outputs"]["reasons"] == [ROWS.columns[at] for at in largest]
    assert np.array_equal(
        np.float32(alike[3]["outputs"]["contributions"]), contributions[np.arange(len(ROWS)), largest]
    )
    assert np.array_equal(np.float32(multi["outputs"]["predict"]), expected(boosters["multi"], ROWS).ravel())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_client_learns_what_is_there_and_changes_it(
    client: Path, server: Server, protocol: str, folders: Path
) -> None:
    calls = [
        ("is_server_live", []),
        ("is_server_ready", []),
        ("is_model_ready", ["churn", "1"]),
        ("get_server_metadata", []),
        ("get_model_metadata", ["churn"]),
        ("load_model", ["churn"]),
        ("get_model_repository_index", []),
    ]

    told = ask(client, server, protocol, *({"call": name, "arguments": given} for name, given in calls))

    assert [one["answer"] for one in told[:3]] == ["True"] * 3
    assert "oipscorer" in told[3]["answer"]
    assert "visits" in told[4]["answer"]
    assert "READY" in told[6]["answer"]


WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "type": (
        {"model": "churn", "inputs": tensors(datatype="BYTES", data=["a", "b", "c", "d"])},
        "400",
        "INVALID_ARGUMENT",
        "inputs[0].datatype: 'BYTES' for 'amount', expected FP32, FP64",
    ),
    "shape": (
        {"model": "churn", "inputs": tensors(shape=[2, 2])},
        "400",
        "INVALID_ARGUMENT",
        "inputs[0].shape: [2, 2], expected [rows] or [rows, 1]",
    ),
    "missing feature": (
        {"model": "churn", "inputs": tensors()[1:]},
        "400",
        "INVALID_ARGUMENT",
        "inputs: 'amount' missing, expected a tensor for each feature",
    ),
    "NaN": (
        {"model": "churn", "inputs": tensors(data=[1, None, 1, 1])},
        "400",
        "INVALID_ARGUMENT",
        "inputs[0]: NaN at 1, expected a number",
    ),
    "model": (
        {"model": "chrun", "inputs": tensors()},
        "404",
        "NOT_FOUND",
        "there is no model 'chrun', expected one of churn, multi",
    ),
    "version": (
        {"model": "churn", "inputs": tensors(), "further": {"model_version": "9"}},
        "404",
        "NOT_FOUND",
        "model 'churn' has no version '9', expected one of 1",
    ),
    "reasons": (
        {"model": "churn", "inputs": tensors(), "further": {"parameters": {"reasons": 7}}},
        "400",
        "INVALID_ARGUMENT",
        "parameters.reasons: 7, expected a whole number from 1 to 4",
    ),
    "size": ({"model": "churn", "inputs": matrix(frame(9_000))}, "413", "RESOURCE_EXHAUSTED", "100000"),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_wrong_is_told_to_the_client(client: Path, server: Server, protocol: str) -> None:
    told = ask(client, server, protocol, *(question for question, *_ in WRONG.values()))

    for (name, (_, status, code, said)), answer in zip(WRONG.items(), told, strict=True):
        assert answer.get("kind") == "InferenceServerException", (name, answer)
        assert answer["status"] == (status if protocol == "http" else f"StatusCode.{code}"), (name, answer)
        assert said in answer["error"], (name, answer)
