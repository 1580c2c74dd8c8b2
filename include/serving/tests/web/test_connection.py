"""However the bytes of requests come, each is answered, in order, and alike: at once or the general way."""

import json
import socket
from itertools import pairwise

import httpx
import numpy as np
import pytest
import xgboost as xgb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oipscorer_testing.load import rendered
from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import as_matrix
from oipscorer_testing.server import INFER, Server

SMALL, LARGE = frame(2, seed=41), frame(600, seed=42)  # the large one is scored beside the event loop
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def request(rows: object, *headers: str) -> bytes:
    return rendered(INFER, json.dumps(as_matrix(rows)).encode(), *headers)  # type: ignore[arg-type]


def connected(server: Server) -> socket.socket:
    host, port = server.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def answers(connection: socket.socket, count: int) -> list[tuple[bytes, bytes]]:
    """Status lines and bodies of so many answers."""
    found, stream = [], connection.makefile("rb")
    for _ in range(count):
        status, length = stream.readline().strip(), 0
        while line := stream.readline().strip().lower():
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        found.append((status, stream.read(length)))
    return found


def scores(body: bytes) -> np.ndarray:
    return np.float32(json.loads(body)["outputs"][0]["data"])  # type: ignore[return-value]


def test_requests_in_a_row_are_answered_in_their_order(server: Server, booster: xgb.Booster) -> None:
    sent = [SMALL, LARGE, SMALL, LARGE, SMALL]
    health = b"GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    with connected(server) as connection:
        connection.sendall(b"".join(map(request, sent)) + health + request(SMALL))
        *told, live, last = answers(connection, len(sent) + 2)

    assert [status for status, _ in told] == [b"HTTP/1.1 200 OK"] * len(sent)
    for rows, (_, body) in zip([*sent, SMALL], [*told, last], strict=True):
        assert np.array_equal(scores(body), expected(booster, rows.astype("float32")))
    assert live == (b"HTTP/1.1 200 OK", b'{"live":true}')


@FEW
@given(cuts=st.lists(st.integers(1, 400), max_size=6))
def test_a_request_in_pieces_is_answered_alike(server: Server, booster: xgb.Booster, cuts: list[int]) -> None:
    whole = request(SMALL) + request(SMALL)
    places = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    with connected(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start, end in pairwise(places):
            connection.sendall(whole[start:end])
        told = answers(connection, 2)

    for _, body in told:
        assert np.array_equal(scores(body), expected(booster, SMALL.astype("float32")))


@pytest.mark.parametrize("header", ["connection: close", "expect: 100-continue", "x-a: b"])
def test_headers_that_ask_for_more_are_heeded(server: Server, header: str) -> None:
    with connected(server) as connection:
        connection.sendall(request(SMALL, header))
        told = answers(connection, 2 if header.startswith("expect") else 1)
        connection.settimeout(1 if header.startswith("x-") else 30)
        closed = "close" in header and connection.recv(1) == b""

    assert told[-1][0] == b"HTTP/1.1 200 OK"
    assert (told[0][0] == b"HTTP/1.1 100 Continue") == header.startswith("expect")
    assert closed == ("close" in header)


def test_a_refusal_at_once_keeps_the_connection(server: Server) -> None:
    with httpx.Client(base_url=server.address) as http:
        refused = http.post(INFER, content=b"{}")
        assert (refused.status_code, refused.headers["content-type"]) == (400, "application/json")
        assert http.post(INFER, json=as_matrix(SMALL)).status_code == 200


@FEW
@given(noise=st.binary(min_size=1, max_size=400), head=st.booleans())
def test_random_bytes_never_end_the_server(server: Server, noise: bytes, head: bool) -> None:
    with connected(server) as connection:
        connection.sendall(
            (f"POST {INFER} HTTP/1.1\r\ncontent-length: {len(noise)}\r\n\r\n".encode() * head) + noise
        )
        connection.shutdown(socket.SHUT_WR)
        said = connection.makefile("rb").readline()

    assert not said or said.startswith(b"HTTP/1.1 4"), said
    assert server.process.poll() is None
