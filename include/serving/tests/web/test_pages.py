"""Health and metadata as the protocol has them."""

from collections.abc import Callable
from pathlib import Path

from oipscorer import __version__
from oipscorer_testing.server import Server


def test_the_server_says_what_it_is_and_that_it_is_ready(server: Server) -> None:
    assert server.http.get("/v2").json() == {
        "name": "oipscorer",
        "version": __version__,
        "extensions": ["binary_tensor_data", "model_repository", "model_repository_traffic", "reasons"],
    }
    assert server.http.get("/v2/health/live").status_code == 200
    assert server.http.get("/v2/health/ready").json() == {"ready": True}


def test_metadata_names_the_tensors_of_a_version(server: Server) -> None:
    told = server.http.get("/v2/models/churn").json()

    assert told == server.http.get("/v2/models/churn/versions/1").json()
    assert (told["name"], told["versions"], told["platform"]) == ("churn", ["1"], "xgboost_mlflow")
    assert told["inputs"] == [
        {"name": "amount", "datatype": "FP64", "shape": [-1]},
        {"name": "visits", "datatype": "INT64", "shape": [-1]},
        {"name": "member", "datatype": "BOOL", "shape": [-1]},
        {"name": "share", "datatype": "FP32", "shape": [-1]},
    ]
    assert told["outputs"] == [{"name": "predict", "datatype": "FP32", "shape": [-1]}]
    assert server.http.get("/v2/models/multi").json()["outputs"][0]["shape"] == [-1, 3]


def test_a_model_and_a_version_are_ready_or_unknown(server: Server) -> None:
    assert server.http.get("/v2/models/churn/ready").json() == {"name": "churn", "ready": True}
    assert server.http.get("/v2/models/churn/versions/1/ready").json() == {"name": "churn", "ready": True}
    for path in ("churn/versions/2/ready", "churn/versions/2", "chrun", "chrun/ready"):
        done = server.http.get(f"/v2/models/{path}")
        assert (done.status_code, set(done.json())) == (404, {"error"})


def test_a_model_without_a_usable_version_is_not_ready_and_says_why(
    start: Callable[..., Server], tmp_path: Path, folders: Path
) -> None:
    (tmp_path / "MLmodel").write_text("flavors: {}")
    server = start("--model", f"churn={tmp_path}", "--model", f"multi={folders}/multi")

    assert server.http.get("/v2/health/ready").status_code == 503
    assert server.http.get("/v2/models/churn/ready").status_code == 503
    assert server.http.get("/v2/models/multi/ready").status_code == 200
    assert server.unload("churn").status_code == 200
    assert server.http.get("/v2/health/ready").status_code == 200  # no one expects it to answer any more
    assert server.load("churn").status_code == 400
    assert server.http.get("/v2/health/ready").status_code == 200  # what failed to come takes nothing away
    state, reason = server.index()["churn", "1"]
    assert (state, "no flavor 'xgboost'" in reason) == ("UNAVAILABLE", True)
    assert server.infer({"inputs": []}).status_code == 503
    refused = server.infer({"inputs": []}, "/v2/models/churn/versions/1/infer")
    assert (refused.status_code, "no flavor 'xgboost'" in refused.json()["error"]) == (503, True)
