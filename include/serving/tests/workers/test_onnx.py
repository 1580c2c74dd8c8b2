"""A version of ONNX comes back from the state, as one of XGBoost does."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import grpc
import numpy as np
import pytest
import xgboost as xgb

from oipscorer.conversion.folders import to_onnx
from oipscorer.rpc.generated import model_repository_pb2 as repository
from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.rpc import call, request
from oipscorer_testing.server import Server

from .test_workers import workers

ROWS = frame(4, seed=14)


def load(server: Server, folder: Path) -> None:
    """By gRPC, as version 5 of churn."""
    asked = repository.RepositoryModelLoadRequest(model_name="churn")
    asked.parameters["folder"].string_param = str(folder)
    asked.parameters["version"].string_param = "5"
    with grpc.insecure_channel(server.grpc_address) as channel:
        call(channel, "RepositoryModelLoad", asked)


def check(server: Server, booster: xgb.Booster) -> None:
    """It answers over both protocols, by ONNX Runtime, and its booster gives the reasons."""
    assert server.http.get("/v2/models/churn").json()["platform"] == "onnxruntime_mlflow"
    by_http = server.infer(by_column(ROWS, parameters={"reasons": 1})).json()
    with grpc.insecure_channel(server.grpc_address) as channel:
        by_grpc = call(channel, "ModelInfer", request(ROWS))
    assert (by_http["model_version"], by_grpc.model_version) == ("5", "5")
    said = [by_http["outputs"][0]["data"], list(by_grpc.outputs[0].contents.fp32_contents)]
    assert np.allclose(said, expected(booster, ROWS), rtol=1e-5, atol=1e-6)
    assert set(by_http["outputs"][1]["data"]) <= set(ROWS.columns)


def test_an_onnx_version_outlives_a_kill_of_all_processes_and_its_folder(
    start: Callable[..., Server], folders: Path, boosters: dict[str, xgb.Booster], tmp_path: Path
) -> None:
    to_onnx(folders / "churn-1", tmp_path / "onnx")
    state = tmp_path / "state"
    options = ("--workers", "2", "--state", str(state), "--grpc-port", "0")
    server = start(*options, "--root", str(tmp_path))
    load(server, tmp_path / "onnx")
    check(server, boosters["churn-1"])

    shutil.rmtree(tmp_path / "onnx")
    for process in (server.process.pid, *workers(state).values()):
        os.kill(process, signal.SIGKILL)
    again = start(*options)

    assert again.index() == {("churn", "5"): ("READY", "")}
    check(again, boosters["churn-1"])


def test_an_onnx_model_that_is_cut_never_reaches_a_worker(
    start: Callable[..., Server], folders: Path, boosters: dict[str, xgb.Booster], tmp_path: Path
) -> None:
    to_onnx(folders / "churn-1", tmp_path / "onnx")
    model = tmp_path / "onnx" / "model.onnx"
    model.write_bytes(model.read_bytes()[:100])
    state = tmp_path / "state"
    server = start("--workers", "2", "--state", str(state), "--root", str(tmp_path), "--grpc-port", "0")
    before = workers(state)

    with pytest.raises(grpc.RpcError) as error:
        load(server, tmp_path / "onnx")

    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "ONNX Runtime cannot read the model" in error.value.details()
    assert list((state / "materials").iterdir()) == []
    assert workers(state) == before
