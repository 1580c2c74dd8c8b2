"""gRPC is served by all workers, of one state with HTTP."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import httpx
import numpy as np
import pytest
import xgboost as xgb

from oipscorer.counters.board import BYTES
from oipscorer.counters.layout import STATUS_SLOT
from oipscorer.repository.traffic import Route, Traffic
from oipscorer.rpc.generated import model_repository_pb2 as repository
from oipscorer.rpc.generated import open_inference_grpc_pb2 as inference
from oipscorer.state.folder import StateFolder
from oipscorer_testing.models import frame
from oipscorer_testing.rpc import call, keyed, refused, request
from oipscorer_testing.server import Server

from .test_workers import CONNECTIONS, wait_for, workers

ROWS = frame(2, seed=4)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "state"


@pytest.fixture(scope="module")
def two(folders: Path, boosters: dict[str, xgb.Booster], state: Path) -> Iterator[Server]:
    """Two workers that serve churn 1 and 2 over both protocols."""
    models = (part for n in "12" for part in ("--model", f"churn={folders}/churn-{n}@{n}"))
    options = ("--workers", "2", "--state", str(state), "--root", str(folders), "--grpc-port", "0")
    made = Server(*models, *options)
    yield made
    made.close()


@contextmanager
def connected(server: Server) -> Iterator[grpc.Channel]:
    """A connection of its own, which a channel shares with others otherwise."""
    with grpc.insecure_channel(server.grpc_address, [("grpc.use_local_subchannel_pool", 1)]) as made:
        yield made


def versions(server: Server, message: inference.ModelInferRequest) -> set[str]:
    """Those that answer over connections that the kernel shares out among the workers."""
    found = set()
    for _ in range(CONNECTIONS):
        with connected(server) as channel:
            found.add(call(channel, "ModelInfer", message).model_version)
    return found


def answered(state: Path, worker: str) -> int:
    """How many inferences a worker has answered with 200, of whatever version."""
    files = (StateFolder(state).counters / worker).glob("version@*")
    contents = (file.read_bytes() for file in files)
    return int(sum(np.frombuffer(content)[STATUS_SLOT[200]] for content in contents if len(content) == BYTES))


def test_weights_hold_for_the_calls_of_all_workers(two: Server, state: Path) -> None:
    before = [answered(state, f"worker-{number}") for number in (0, 1)]
    for number in ("2", "1", "2"):
        assert two.direct({number: 100}).status_code == 200
        assert versions(two, request(ROWS)) == {number}
    two.direct(weights := {"1": 50, "2": 50})
    for key in ("a", "b", "c"):
        assert versions(two, keyed(ROWS, key)) == {Route("churn", Traffic(weights)).choose(key)}

    each = [answered(state, f"worker-{number}") - before[number] for number in (0, 1)]
    assert min(each) > 0  # no request came over HTTP
    assert sum(each) == 6 * CONNECTIONS


def test_a_load_and_an_unload_by_grpc_hold_in_all_workers(two: Server, folders: Path, state: Path) -> None:
    load = repository.RepositoryModelLoadRequest(model_name="churn")
    load.parameters["folder"].string_param = f"{folders}/churn-3"
    load.parameters["version"].string_param = "3"
    with connected(two) as channel:
        call(channel, "RepositoryModelLoad", load)

    assert versions(two, request(ROWS, model_version="3")) == {"3"}
    for _ in range(CONNECTIONS):
        assert httpx.get(f"{two.address}/v2/models/churn/versions/3/ready").status_code == 200
    assert StateFolder(state).read().models["churn"].versions["3"].material is not None

    unload = repository.RepositoryModelUnloadRequest(model_name="churn")
    unload.parameters["version"].string_param = "3"
    with connected(two) as channel:
        call(channel, "RepositoryModelUnload", unload)

    for _ in range(CONNECTIONS):
        with connected(two) as channel:
            code, said = refused(channel, request(ROWS, model_version="3"))
            assert code == grpc.StatusCode.UNAVAILABLE, said
    assert StateFolder(state).read().models["churn"].versions["3"].reason == "unloaded"


def test_a_worker_that_is_killed_serves_grpc_again(two: Server, state: Path) -> None:
    two.direct({"1": 100})
    before = workers(state)["worker-0"]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: workers(state).get("worker-0", before) != before, "its return")
    had = answered(state, "worker-0")

    def asked() -> bool:
        return versions(two, request(ROWS)) == {"1"} and answered(state, "worker-0") > had

    wait_for(asked, "an answer of the new worker")


def test_a_state_that_cannot_be_read_is_unavailable(two: Server, state: Path) -> None:
    two.direct({"1": 100})
    file = state / "state.json"
    before = file.read_bytes()
    file.write_text("{")
    unload = repository.RepositoryModelUnloadRequest(model_name="churn")

    with connected(two) as channel:
        code, said = refused(channel, unload, "RepositoryModelUnload")
        assert call(channel, "ModelInfer", request(ROWS)).model_version == "1"  # what it has goes on

    assert (code, "state.json cannot be read" in said) == (grpc.StatusCode.UNAVAILABLE, True), said
    assert two.unload("churn").status_code == 503
    file.write_bytes(before)
    assert two.direct({"2": 100}).status_code == 200
