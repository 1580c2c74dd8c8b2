"""Versions come and go while the server runs."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import Server

ROWS = frame(4, seed=3)


@pytest.fixture
def open_server(start: Callable[..., Server], folders: Path) -> Server:
    """Serves churn 1, and may load what lies in the folder of models."""
    return start("--model", f"churn={folders}/churn-1@1", "--root", str(folders))


def answered_by(server: Server, version: str | None = None) -> str:
    path = f"/v2/models/churn/versions/{version}/infer" if version else "/v2/models/churn/infer"
    done = server.infer(by_column(ROWS), path)
    assert done.status_code == 200, done.text
    answer: str = done.json()["model_version"]
    return answer


def test_versions_stand_side_by_side_and_the_first_takes_the_traffic(
    open_server: Server, folders: Path, boosters: dict[str, xgb.Booster]
) -> None:
    loaded = open_server.load("churn", folder=f"{folders}/churn-2", version="2")

    assert (loaded.status_code, loaded.json()) == (200, {})
    assert open_server.index() == {("churn", "1"): ("READY", ""), ("churn", "2"): ("READY", "")}
    assert answered_by(open_server) == "1"
    said = open_server.infer(by_column(ROWS), "/v2/models/churn/versions/2/infer").json()
    assert np.array_equal(np.float32(said["outputs"][0]["data"]), expected(boosters["churn-2"], ROWS))


def test_a_corrupt_version_never_takes_traffic_and_the_other_goes_on(
    open_server: Server, folders: Path, tmp_path: Path
) -> None:
    corrupt = shutil.copytree(folders / "churn-2", folders / "corrupt", dirs_exist_ok=True)
    (corrupt / "model.ubj").write_bytes(b"")  # XGBoost aborts its process

    refused = open_server.load("churn", folder=str(corrupt), version="2")

    assert refused.status_code == 400
    assert "version 2 of 'churn' is refused" in refused.json()["error"]
    assert open_server.index()["churn", "2"][0] == "UNAVAILABLE"
    assert "SIGABRT" in open_server.index()["churn", "2"][1]
    assert open_server.direct({"2": 100}).status_code == 400
    assert answered_by(open_server) == "1"
    ready = open_server.http.post("/v2/repository/index", json={"ready": True}).json()
    assert [line["version"] for line in ready] == ["1"]


def test_a_version_that_is_loaded_anew_from_a_bad_folder_serves_as_before(
    open_server: Server, folders: Path
) -> None:
    bad = shutil.copytree(folders / "churn-3", folders / "bad", dirs_exist_ok=True)
    (bad / "MLmodel").unlink()

    assert open_server.load("churn", folder=str(bad), version="1").status_code == 400

    state, reason = open_server.index()["churn", "1"]
    assert (state, "serves as loaded before" in reason) == ("READY", True)
    assert answered_by(open_server) == "1"
    assert open_server.load("churn").status_code == 200  # from the folder that it came from
    assert open_server.index()["churn", "1"] == ("READY", "")


def test_a_version_with_traffic_is_not_unloaded_alone_but_a_model_is(
    open_server: Server, folders: Path
) -> None:
    open_server.load("churn", folder=f"{folders}/churn-2", version="2")

    refused = open_server.unload("churn", version="1")
    assert (refused.status_code, "PUT other weights" in refused.json()["error"]) == (409, True)
    open_server.direct({"2": 100})
    assert open_server.unload("churn", version="1").status_code == 200
    assert open_server.index()["churn", "1"] == ("UNAVAILABLE", "unloaded")
    assert open_server.unload("churn").status_code == 200
    assert open_server.infer(by_column(ROWS)).status_code == 503
    assert open_server.load("churn", version="1").status_code == 200
    assert answered_by(open_server) == "1"


@pytest.mark.parametrize(
    ("path", "content", "status", "said"),
    [
        ("models/churn/load", {"parameters": {"folder": "/etc"}}, 403, "expected a folder below a root"),
        (
            "models/churn/load",
            {"parameters": {"folder": "ROOT/../.."}},
            403,
            "expected a folder below a root",
        ),
        (
            "models/churn/load",
            {"parameters": {"folder": "ROOT", "version": "a/b"}},
            400,
            "parameters.version: 'a/b'",
        ),
        ("models/churn/load", {"parameters": {"version": "8"}}, 404, "no version '8'"),
        ("models/churn/load", {"parameters": {"config": "{}"}}, 400, "unknown field `config`"),
        ("models/x y/load", {"parameters": {"folder": "ROOT"}}, 400, "name: 'x y', expected to match"),
        ("models/chrun/load", {}, 404, "there is no model 'chrun'"),
        ("models/chrun/unload", {}, 404, "there is no model 'chrun'"),
        ("models/churn/unload", {"parameters": {"version": "8"}}, 404, "no version '8'"),
        ("index", {"ready": "yes"}, 400, "ready: Expected `bool`, got `str`"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(
    server: Server, folders: Path, path: str, content: dict[str, dict[str, str]], status: int, said: str
) -> None:
    if "folder" in content.get("parameters", {}):
        content["parameters"]["folder"] = content["parameters"]["folder"].replace("ROOT", str(folders))

    done = server.http.post(f"/v2/repository/{path}", json=content)

    assert done.status_code == status, done.text
    assert said in done.json()["error"]


def test_missing_values_may_be_allowed_for_a_version(open_server: Server, folders: Path) -> None:
    content = by_column(ROWS)
    content["inputs"][0]["data"][1] = None
    assert open_server.infer(content).status_code == 400

    assert open_server.load("churn", version="1", allow_missing=True).status_code == 200

    assert open_server.infer(content).status_code == 200
