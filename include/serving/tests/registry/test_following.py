"""Aliases of a real registry decide what is served."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from oipscorer.registry.client import RegistryError, aliases_of
from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.rpc import call, keyed
from oipscorer_testing.server import Server

from .conftest import Tracking

ROWS = frame(3, seed=11)
INFER = "/v2/models/arrivals/infer"
MODEL = "/v2/repository/models/arrivals"


def follow(start: Callable[..., Server], uri: str, state: Path, seconds: str = "1000") -> Server:
    options = ("--mlflow", uri, "--registered", "arrivals", "--poll-seconds", seconds)
    return start(*options, "--workers", "2", "--state", str(state), "--grpc-port", "0")


def answered_by_http(server: Server, key: str = "a") -> str:
    """The version that answers a key."""
    done = server.infer(by_column(ROWS, parameters={"sticky_key": key}), INFER)
    assert done.status_code == 200, done.text
    version: str = done.json()["model_version"]
    return version


def answered(server: Server, key: str = "a") -> str:
    """The same over both protocols, while nothing changes."""
    version = answered_by_http(server, key)
    with grpc.insecure_channel(server.grpc_address) as channel:
        by_grpc = call(channel, "ModelInfer", keyed(ROWS, key, model_name="arrivals"))
    assert by_grpc.model_version == version
    return version


def refresh(server: Server) -> dict[str, Any]:
    done = server.http.post(f"{MODEL}/refresh", timeout=300)  # it downloads with MLflow
    assert done.status_code == 200, done.text
    told: dict[str, Any] = done.json()
    return told


def test_a_model_is_served_by_its_aliases(
    start: Callable[..., Server], tracking: Tracking, tmp_path: Path
) -> None:
    first, booster = tracking.register("arrivals", seed=1)
    tracking.alias("arrivals", "champion", first)
    server = follow(start, tracking.uri, tmp_path / "state")

    done = server.infer(by_column(ROWS), INFER).json()
    assert done["model_version"] == first
    assert np.array_equal(np.float32(done["outputs"][0]["data"]), expected(booster, ROWS))
    assert server.http.get(f"{MODEL}/traffic").json()["weights"] == {"champion": 100}

    second, _ = tracking.register("arrivals", seed=2)
    tracking.alias("arrivals", "challenger", second)
    assert refresh(server) == {"aliases": {"champion": first, "challenger": second}, "refused": {}}
    shared = {"weights": {"champion": 50, "challenger": 50}}
    assert server.http.put(f"{MODEL}/traffic", json=shared).status_code == 200
    assert {answered(server, str(number)) for number in range(40)} == {first, second}

    tracking.alias("arrivals", "previous", first)
    tracking.alias("arrivals", "champion", second)
    tracking.client.delete_registered_model_alias("arrivals", "challenger")
    refresh(server)
    assert {answered(server, str(number)) for number in range(20)} == {second}

    wrong, _ = tracking.register("arrivals", seed=3, wrong=0.01)
    tracking.alias("arrivals", "champion", wrong)
    told = refresh(server)
    assert told["aliases"]["champion"] == second
    assert "from its recorded predictions" in told["refused"][wrong]
    assert server.index()["arrivals", wrong][0] == "UNAVAILABLE"
    assert answered(server) == second

    _goes_on_without_the_registry(server, tracking, second)
    again = _restarts_without_the_registry(server, start, tracking, tmp_path / "state")
    assert answered(again) == second
    tracking.start()
    tracking.alias("arrivals", "champion", first)  # which is there as "previous"
    assert refresh(again)["aliases"]["champion"] == first
    # traffic still names "challenger", which the registry has no more: it stays where it was
    assert {answered(again, str(number)) for number in range(40)} == {first, second}
    assert again.http.put(f"{MODEL}/traffic", json={"weights": {"champion": 100}}).status_code == 200
    assert {answered(again, str(number)) for number in range(20)} == {first}
    assert again.index()["arrivals", first] == ("READY", "")


def _goes_on_without_the_registry(server: Server, tracking: Tracking, second: str) -> None:
    tracking.stop()

    refused = server.http.post(f"{MODEL}/refresh")

    assert (refused.status_code, "what is there is served" in refused.json()["error"]) == (502, True)
    state, reason = server.index()["arrivals", second]
    assert (state, "served as it was last known; GET http" in reason) == ("READY", True)
    assert 'oipscorer_registry_reachable{model="arrivals"} 0.0' in server.http.get("/metrics").text
    assert answered(server) == second


def _restarts_without_the_registry(
    server: Server, start: Callable[..., Server], tracking: Tracking, state: Path
) -> Server:
    server.close()
    again = follow(start, tracking.uri, state)
    assert again.http.get("/v2/health/ready").status_code == 200
    return again


def test_aliases_are_polled_and_a_store_that_lost_files_is_no_refusal(
    start: Callable[..., Server], tracking: Tracking, tmp_path: Path
) -> None:
    version, _ = tracking.register("arrivals", seed=4)
    tracking.alias("arrivals", "champion", version)
    server = follow(start, tracking.uri, tmp_path / "state", seconds="0.4")
    assert answered(server) == version

    second, _ = tracking.register("arrivals", seed=5)
    lost = max(tracking.artifacts.rglob("MLmodel"), key=lambda file: file.stat().st_mtime).parent
    kept = shutil.move(lost, lost.with_name("away"))
    tracking.alias("arrivals", "champion", second)
    wait_for(lambda: "could not be downloaded" in server.index()["arrivals", version][1])
    assert answered(server) == version
    shutil.move(kept, lost)
    wait_for(lambda: answered_by_http(server) == second)
    assert answered(server) == second


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_the_registry_says_no_to_is_told(tracking: Tracking) -> None:
    with pytest.raises(RegistryError, match=r"status 404: .*RESOURCE_DOES_NOT_EXIST"):
        aliases_of(tracking.uri, "nothing")
    with pytest.raises(RegistryError, match="Connection refused"):
        aliases_of("http://127.0.0.1:9", "arrivals")
