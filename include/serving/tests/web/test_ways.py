"""Whichever way an inference goes, it is answered, refused, counted and logged alike."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import xgboost as xgb

from oipscorer_testing.load import rendered
from oipscorer_testing.metrics import Samples, grown, samples, value
from oipscorer_testing.models import frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.rpc import call, called, keyed
from oipscorer_testing.server import INFER, Server

SMALL, LARGE = frame(3, seed=51), frame(600, seed=52)  # the large one is scored beside the event loop
SECOND, UNKNOWN = "/v2/models/churn/versions/2/infer", "/v2/models/chrun/infer"
# How long it took differs; the log is written a moment later.
UNCERTAIN = (
    "oipscorer_latency_seconds_bucket",
    "oipscorer_latency_seconds_sum",
    "oipscorer_log_records_total",
)
OF_A_RECORD = ("model", "version", "sticky_key", "columns", "rows", "scores")


def body(rows: Any, name: str, **parameters: Any) -> bytes:
    return json.dumps(by_column(rows, id=name, parameters={"sticky_key": "a", **parameters})).encode()


REQUESTS: dict[str, tuple[str, bytes]] = {
    "one": (INFER, body(SMALL, "one")),
    "other key": (INFER, body(SMALL, "other key", sticky_key="key-5")),
    "version": (SECOND, body(SMALL, "version")),
    "reasons": (INFER, body(SMALL, "reasons", reasons=2)),
    "large": (INFER, body(LARGE, "large")),
    "no JSON": (INFER, b"{"),
    "no inputs": (INFER, b'{"inputs": [], "parameters": {"sticky_key": "a"}}'),
    "no number": (INFER, body(SMALL, "no number", reasons=-1)),
    "unknown model": (UNKNOWN, body(SMALL, "unknown model")),
    "unknown model, no JSON": (UNKNOWN, b"{"),
    "unknown version": ("/v2/models/churn/versions/9/infer", body(SMALL, "unknown version")),
    "no path": ("/v2/models/churn/version/1/infer", body(SMALL, "no path")),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def server(folders: Path, boosters: dict[str, xgb.Booster], log: Path) -> Iterator[Server]:
    models = (part for n in "12" for part in ("--model", f"churn={folders}/churn-{n}@{n}"))
    made = Server(*models, "--grpc-port", "0", "--log", str(log), "--max-body", "10000000")
    assert made.direct({"1": 50, "2": 50}).status_code == 200
    yield made
    made.close()


def whole(connection: socket.socket, path: str, content: bytes) -> None:
    """Within one packet, or a few: answered within the callback that parsed it."""
    connection.sendall(rendered(path, content))


def closing(connection: socket.socket, path: str, content: bytes) -> None:
    connection.sendall(rendered(path, content, "connection: close"))


def expecting(connection: socket.socket, path: str, content: bytes) -> None:
    """The body follows when the server asks for it, or is spared."""
    head = rendered(path, b"", "expect: 100-continue").replace(b"length: 0", b"length: %d" % len(content))
    connection.sendall(head)
    if connection.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 100":
        connection.recv(len(b"HTTP/1.1 100 Continue\r\n\r\n"))
        connection.sendall(content)


Way = Callable[[socket.socket, str, bytes], None]


def answered(server: Server, way: Way, path: str, content: bytes) -> tuple[bytes, bytes, Samples]:
    """Status and body, and what was counted."""
    before, place = samples(server), server.address.removeprefix("http://").split(":")
    with socket.create_connection((place[0], int(place[1])), timeout=30) as connection:
        way(connection, path, content)
        stream, length = connection.makefile("rb"), 0
        status = stream.readline()
        while line := stream.readline().strip():
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        said = stream.read(length)
    return status, said, counted(before, server)


def counted(before: Samples, server: Server) -> Samples:
    return {key: n for key, n in grown(before, samples(server)).items() if key[0] not in UNCERTAIN}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_comes_whole_is_answered_and_counted_as_what_does_not(server: Server, name: str) -> None:
    told = [answered(server, way, *REQUESTS[name]) for way in (whole, closing, expecting)]

    assert told[0] == told[1] == told[2]
    counts = told[0][2]
    assert sum(n for (what, _), n in counts.items() if what == "oipscorer_requests_total") == 1
    assert sum(n for (what, _), n in counts.items() if what == "oipscorer_latency_seconds_count") == 1


@pytest.mark.parametrize(
    ("rows", "fields", "path"),
    [
        (SMALL, {}, INFER),
        (SMALL, {"raw": True}, INFER),
        (LARGE, {"raw": True}, INFER),
        (SMALL, {"model_version": "2"}, SECOND),
        (SMALL, {"model_name": "chrun"}, UNKNOWN),
        (SMALL.drop(columns="share"), {}, INFER),
    ],
)
def test_a_call_is_counted_as_a_request(server: Server, rows: Any, fields: dict[str, Any], path: str) -> None:
    by_http = answered(server, whole, path, body(rows, "http"))[2]
    before = samples(server)
    with grpc.insecure_channel(server.grpc_address) as channel:
        try:
            call(channel, "ModelInfer", keyed(rows, "a", **fields))
        except grpc.RpcError as error:
            assert error.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)  # noqa: PT017

    assert counted(before, server) == by_http


def test_each_way_logs_the_same(server: Server, log: Path) -> None:
    for way in (whole, closing, expecting):
        for rows in (SMALL, LARGE):
            answered(server, way, INFER, body(rows, f"logged-{len(rows)}"))
        answered(server, way, INFER, body(SMALL, "logged, though refused", reasons=-1))
    with grpc.insecure_channel(server.grpc_address) as channel:
        for rows in (SMALL, LARGE):
            call(channel, "ModelInfer", keyed(rows, "a", id=f"logged-{len(rows)}"))

    small, large = (
        [record for record in logged(log, 8) if record["id"] == name] for name in ("logged-3", "logged-600")
    )
    assert len(small) == len(large) == 4
    for records in (small, large):
        assert all(record[field] == records[0][field] for field in OF_A_RECORD for record in records)


def logged(log: Path, count: int) -> list[dict[str, Any]]:
    """The records of this test, once there are so many."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        (file,) = log.glob("*.jsonl")
        lines = file.read_text().rpartition("\n")[0].splitlines()
        found = [record for line in lines if str((record := json.loads(line))["id"]).startswith("logged")]
        if len(found) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{count} records were not written within 30 s: {found}")


def test_a_call_that_its_client_cancels_is_no_failure(server: Server) -> None:
    before = samples(server)
    long = keyed(frame(200_000), "a", raw=True)
    long.parameters["reasons"].int64_param = 1
    with grpc.insecure_channel(server.grpc_address) as channel:
        running = called(channel, "ModelInfer").future(long, timeout=60)
        while value(samples(server), "oipscorer_in_flight") != 1:
            assert not running.done(), running.exception()
        running.cancel()
        while value(samples(server), "oipscorer_in_flight"):
            pass

    assert counted(before, server) == {}
