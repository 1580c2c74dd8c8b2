"""Several workers answer as one: what a control call has changed holds in all of them."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from oipscorer.repository.traffic import Route, Traffic
from oipscorer.state.folder import StateFolder
from oipscorer.state.members import peers
from oipscorer_testing.models import frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import INFER, Server

ROWS = frame(2, seed=4)
CONNECTIONS = 8  # with two workers, one of them has none once in 128 runs


def versions(server: Server, key: str | None = None) -> set[str]:
    """The versions that answer over connections of their own, which the kernel shares out among the workers."""
    content = by_column(ROWS, parameters={} if key is None else {"sticky_key": key})
    answers = [httpx.post(f"{server.address}{INFER}", json=content) for _ in range(CONNECTIONS)]
    assert [answer.status_code for answer in answers] == [200] * CONNECTIONS
    return {answer.json()["model_version"] for answer in answers}


def workers(state: Path) -> dict[str, int]:
    """Process by name of the workers that live."""
    found = [taken for peer in peers(StateFolder(state)) if (taken := peer.taken())]
    return {taken.name: taken.pid for taken in found if taken.generation >= 0}


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.02)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def two(start: Callable[..., Server], folders: Path, state: Path) -> Server:
    """Two workers that serve churn 1 and 2."""
    models = (part for n in "12" for part in ("--model", f"churn={folders}/churn-{n}@{n}"))
    return start(
        *models, "--workers", "2", "--state", str(state), "--root", str(folders), "--take-seconds", "2"
    )


def test_traffic_holds_in_all_workers_when_the_call_returns(two: Server) -> None:
    for step in range(1, 6):
        weights = {"1": 100, "2": 0} if step % 2 else {"1": 0, "2": 100}
        assert two.direct(weights).status_code == 200
        assert versions(two) == {"1" if step % 2 else "2"}
    two.direct(weights := {"1": 50, "2": 50})
    for number in range(5):
        assert versions(two, f"key-{number}") == {Route("churn", Traffic(weights)).choose(f"key-{number}")}


def test_a_worker_that_is_killed_comes_back_with_the_same_state(two: Server, state: Path) -> None:
    two.direct({"2": 100})
    before = workers(state)

    os.kill(before["worker-0"], signal.SIGKILL)

    wait_for(lambda: workers(state).get("worker-0", before["worker-0"]) != before["worker-0"], "its return")
    assert workers(state)["worker-1"] == before["worker-1"]
    assert versions(two) == {"2"}


def test_a_worker_that_hangs_is_ended_and_named(two: Server, state: Path) -> None:
    hanging = workers(state)["worker-0"]
    os.kill(hanging, signal.SIGSTOP)

    with httpx.Client(base_url=two.address, timeout=60) as http:  # a connection of the other worker
        answer = direct_by_the_living(http, {"2": 100})

    assert answer["ended"] == [f"worker-0 (process {hanging})"]
    wait_for(lambda: workers(state).get("worker-0", hanging) != hanging, "its return")
    assert versions(two) == {"2"}


def direct_by_the_living(http: httpx.Client, weights: dict[str, int]) -> dict[str, list[str]]:
    """Opens connections until the worker that runs has one: the kernel gives some to the one that hangs."""
    path, content = "/v2/repository/models/churn/traffic", {"weights": weights, "shadows": []}
    for _ in range(50):
        try:
            http.get("/v2/health/live", timeout=0.5)
        except httpx.TimeoutException:
            continue
        told: dict[str, list[str]] = http.put(path, json=content).json()
        return told
    raise AssertionError("no connection came to the worker that runs")


def test_a_server_that_is_killed_comes_back_with_the_same_versions_and_weights(
    two: Server, start: Callable[..., Server], folders: Path, state: Path
) -> None:
    two.load("churn", folder=f"{folders}/churn-3", version="3")
    two.direct(weights := {"2": 60, "3": 40}, shadows=[])
    two.unload("churn", version="1")
    for process in (two.process.pid, *workers(state).values()):
        os.kill(process, signal.SIGKILL)

    again = start("--workers", "2", "--state", str(state), "--model", f"churn={folders}/churn-1@1")

    assert again.index() == {
        ("churn", "1"): ("UNAVAILABLE", "unloaded"),
        ("churn", "2"): ("READY", ""),
        ("churn", "3"): ("READY", ""),
    }
    assert again.http.get("/v2/repository/models/churn/traffic").json()["weights"] == weights


def test_workers_end_with_a_parent_that_is_killed(two: Server, state: Path) -> None:
    two.process.kill()

    wait_for(lambda: not peers(StateFolder(state)), "the end of the workers")


def test_a_state_is_served_by_one_server(two: Server, state: Path) -> None:
    from test_command import said

    code, stderr = said("--port", "0", "--state", str(state))

    assert (code, "server.lock is held by another process" in stderr) == (2, True)


def test_a_server_whose_workers_cannot_start_gives_up(start: Callable[..., Server], state: Path) -> None:
    from test_command import said

    state.mkdir()
    (state / "state.json").write_text("{")

    code, stderr = said("--port", "0", "--state", str(state), "--workers", "2")

    assert code == 1
    assert "state.json cannot be read" in stderr
    assert "3 times in a row within 5 s of its start" in stderr
