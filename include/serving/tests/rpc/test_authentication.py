"""Tokens over gRPC, as metadata; a call without one is refused, counted and said in the log."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import xgboost as xgb

from oipscorer.rpc.generated import model_repository_pb2 as repository
from oipscorer.rpc.generated import open_inference_grpc_pb2 as inference
from oipscorer_testing.load import rendered
from oipscorer_testing.metrics import samples, value
from oipscorer_testing.models import frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.rpc import Metadata, call, refused, request
from oipscorer_testing.server import INFER, Server

ASKING, CHANGING = "asking", "changing"
BODY, MESSAGE = by_column(frame(1)), request(frame(1))
CONTROL = repository.RepositoryIndexRequest()
UNAUTHENTICATED = (
    grpc.StatusCode.UNAUTHENTICATED,
    "a bearer token is missing or wrong, expected the server's",
)


def bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)


@pytest.fixture(scope="module")
def server(folders: Path, boosters: dict[str, xgb.Booster]) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SCORER_TOKEN", ASKING)
        environment.setenv("SCORER_CONTROL", CHANGING)
        options = ("--token-variable", "SCORER_TOKEN", "--control-token-variable", "SCORER_CONTROL")
        made = Server("--model", f"churn={folders}/churn-1@1", "--grpc-port", "0", *options)
    yield made
    made.close()


@pytest.fixture
def channel(server: Server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.grpc_address) as made:
        yield made


def counted(server: Server, **labels: str) -> float:
    found = samples(server, authorization=f"Bearer {CHANGING}")
    return value(found, "oipscorer_requests_total", **labels)


def test_each_call_asks_for_its_token(channel: grpc.Channel) -> None:
    wrong: tuple[Metadata, ...] = ((), bearer("wrong"), bearer("askin"), (("authorization", ASKING),))
    for metadata in wrong:
        for message, name in ((MESSAGE, "ModelInfer"), (CONTROL, "RepositoryIndex")):
            assert refused(channel, message, name, metadata) == UNAUTHENTICATED
    metadata_request = inference.ServerMetadataRequest()
    assert refused(channel, metadata_request, "ServerMetadata") == UNAUTHENTICATED
    assert call(channel, "ServerReady", inference.ServerReadyRequest()).ready  # a probe carries no token
    assert call(channel, "ModelInfer", MESSAGE, bearer(ASKING)).model_version == "1"
    assert call(channel, "RepositoryIndex", CONTROL, bearer(CHANGING)).models
    assert refused(channel, CONTROL, "RepositoryIndex", bearer(ASKING)) == UNAUTHENTICATED
    assert refused(channel, MESSAGE, "ModelInfer", bearer(CHANGING)) == UNAUTHENTICATED


def test_a_token_lets_an_inference_in_by_each_way(server: Server, channel: grpc.Channel) -> None:
    version = {"model": "churn", "version": "1", "status": "200"}
    before = counted(server, **version)
    headers = {"authorization": f"Bearer {ASKING}"}
    place = server.address.removeprefix("http://").split(":")
    with socket.create_connection((place[0], int(place[1])), timeout=30) as connection:
        connection.sendall(rendered(INFER, json.dumps(BODY).encode(), f"authorization: Bearer {ASKING}"))
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
    assert server.http.post(INFER, json=BODY, headers=headers | {"connection": "close"}).status_code == 200
    call(channel, "ModelInfer", MESSAGE, bearer(ASKING))

    assert counted(server, **version) - before == 3


def test_what_is_turned_away_is_counted_and_said(server: Server, channel: grpc.Channel) -> None:
    """The last test here: it ends the server to read its log."""
    nobody = {"model": "", "version": "", "status": "401"}
    before = counted(server, **nobody)
    for _ in range(3):
        refused(channel, MESSAGE)
        assert server.infer(BODY).status_code == 401
    refused(channel, CONTROL, "RepositoryIndex")  # no inference: it is said, and not counted

    assert counted(server, **nobody) - before == 6
    code, said = server.close()
    assert code == 0
    lines = [line for line in said.splitlines() if "without the token" in line]
    assert "127.0.0.1:" in lines[0]
    assert "asked for 'ModelInfer' without the token; 1 such requests since the start" in lines[0]
    assert "".join(lines).count(ASKING) == 0
