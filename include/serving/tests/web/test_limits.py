"""Back-pressure and draining: what was accepted is answered, what cannot be is told so at once."""

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from oipscorer_testing.models import frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import INFER, Server

BODY = json.dumps(by_column(frame(2))).encode()
HEAD = f"POST {INFER} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"


@pytest.fixture
def small(start: Callable[..., Server], folders: Path) -> Server:
    """Takes three requests at once."""
    return start(
        "--model",
        f"churn={folders}/churn-1@1",
        "--max-requests",
        "3",
        "--drain-seconds",
        "5",
        "--body-seconds",
        "60",
    )


def half_sent(server: Server) -> socket.socket:
    """A request of which the server has the headers and half the body."""
    host, port = server.address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(HEAD.encode() + BODY[: len(BODY) // 2])
    return connection


def finished(connection: socket.socket) -> bytes:
    """Sends the other half; the status line of the answer."""
    connection.sendall(BODY[len(BODY) // 2 :])
    with connection:
        return connection.recv(65536).split(b"\r\n")[0]


def refused_when_full(server: Server) -> httpx.Response:
    """Asks until the server has taken in what others have sent."""
    for _ in range(1500):
        done = server.http.post(INFER, content=BODY)
        if done.status_code != 200:
            return done
        time.sleep(0.02)
    raise AssertionError("the server never was full")


def test_a_full_server_refuses_at_once_and_answers_what_it_has(small: Server) -> None:
    held = [half_sent(small) for _ in range(3)]

    refused = refused_when_full(small)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json() == {"error": "3 requests are in flight, which is the limit; try again later"}
    assert small.http.get("/v2/health/ready").status_code == 200
    assert [finished(connection) for connection in held] == [b"HTTP/1.1 200 OK"] * 3
    assert small.http.post(INFER, content=BODY).status_code == 200


def test_a_client_that_goes_away_or_never_sends_its_body_gives_its_place_back(
    start: Callable[..., Server], folders: Path
) -> None:
    server = start("--model", f"churn={folders}/churn-1@1", "--max-requests", "2", "--body-seconds", "3")
    gone, slow = half_sent(server), half_sent(server)
    gone.close()

    with slow:
        assert slow.recv(65536).startswith(b"HTTP/1.1 408 ")

    held = [half_sent(server), half_sent(server)]
    assert [finished(connection) for connection in held] == [b"HTTP/1.1 200 OK"] * 2


def test_sigterm_answers_what_was_accepted_then_exits_with_0(small: Server) -> None:
    held = [half_sent(small) for _ in range(3)]
    assert refused_when_full(small).status_code == 429  # all three are in

    small.terminate()

    assert not_ready(small)
    assert no_longer_listens(small)
    assert [finished(connection) for connection in held] == [b"HTTP/1.1 200 OK"] * 3
    assert small.process.wait(timeout=30) == 0


def no_longer_listens(server: Server) -> bool:
    """Whether new connections come to be refused."""
    for _ in range(1500):
        try:
            httpx.get(server.address + "/v2/health/live")
        except httpx.ConnectError:
            return True
        time.sleep(0.02)
    return False


def not_ready(server: Server) -> bool:
    """Whether readiness goes off while the server still answers."""
    with httpx.Client(base_url=server.address) as http:
        for _ in range(1500):
            done = http.get("/v2/health/ready")
            if done.status_code == 503:
                return done.json() == {"ready": False} and done.headers["connection"] == "close"
            time.sleep(0.02)
    return False


def test_no_request_is_lost_while_a_busy_server_drains(start: Callable[..., Server], folders: Path) -> None:
    server = start("--model", f"churn={folders}/churn-1@1", "--drain-seconds", "5")

    with ThreadPoolExecutor(3) as clients:
        busy = Barrier(4, timeout=30)
        running = [clients.submit(until_told_to_leave, server.address, busy) for _ in range(3)]
        busy.wait()
        server.terminate()
        answered = [done.result(timeout=60) for done in running]

    assert all(count > 1 for count in answered)
    assert server.process.wait(timeout=30) == 0


def test_what_comes_whole_while_it_drains_is_answered_and_ends_its_connection(
    start: Callable[..., Server], folders: Path
) -> None:
    server = start("--model", f"churn={folders}/churn-1@1", "--drain-seconds", "60")
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(HEAD.encode() + BODY)
        assert b"connection: close" not in connection.recv(65536)
        server.terminate()
        assert not_ready(server)
        connection.sendall(HEAD.encode() + BODY)
        said = connection.makefile("rb").read()  # to the end of the connection

    assert said.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in said


def until_told_to_leave(address: str, busy: Barrier) -> int:
    """Asks on one connection until an answer ends it; any other end of it is an error. `busy` once all have asked."""
    answered = 0
    with httpx.Client(base_url=address, timeout=30) as http:
        while True:
            done = http.post(INFER, content=BODY)
            assert done.status_code == 200, done.text
            answered += 1
            if answered == 1:
                busy.wait()
            if done.headers.get("connection") == "close":
                return answered
