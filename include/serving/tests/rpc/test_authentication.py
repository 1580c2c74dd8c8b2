"""Tokens over gRPC, as metadata; a call without one is refused, counted and said in the log."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from oipscorer.rpc.generated import model_repository_pb2 as repository
from oipscorer.rpc.generated import open_inference_grpc_pb2 as inference
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


@pytest.fixture
def server(start: Callable[..., Server], folders: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("SCORER_TOKEN", ASKING)
    monkeypatch.setenv("SCORER_CONTROL", CHANGING)
    options = ("--token-variable", "SCORER_TOKEN", "--control-token-variable", "SCORER_CONTROL")
    return start("--model", f"churn={folders}/churn-1@1", "--grpc-port", "0", *options)


@pytest.fixture
def channel(server: Server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.grpc_address) as made:
        yield made


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


def test_what_is_turned_away_is_counted_and_said(server: Server, channel: grpc.Channel) -> None:
    for _ in range(3):
        refused(channel, MESSAGE)
        assert server.infer(BODY).status_code == 401
    refused(channel, CONTROL, "RepositoryIndex")  # no inference: it is said, and not counted

    server.http.headers["authorization"] = f"Bearer {CHANGING}"
    found = samples(server)
    assert value(found, "oipscorer_requests_total", model="", version="", status="401") == 6
    assert value(found, "oipscorer_in_flight") == 0
    code, said = server.close()
    assert code == 0
    lines = [line for line in said.splitlines() if "without the token" in line]
    assert "127.0.0.1:" in lines[0]
    assert "asked for 'ModelInfer' without the token; 1 such requests since the start" in lines[0]
    assert len(lines) < 7  # a flood of them does not flood the log
    assert ASKING not in "".join(lines)


def test_a_token_lets_an_inference_in_by_each_way(server: Server, channel: grpc.Channel) -> None:
    server.http.headers["authorization"] = f"Bearer {ASKING}"
    assert server.infer(BODY).status_code == 200
    assert server.http.post(INFER, content=iter([_encoded(BODY)])).status_code == 200  # chunked
    call(channel, "ModelInfer", MESSAGE, bearer(ASKING))

    server.http.headers["authorization"] = f"Bearer {CHANGING}"
    version = {"model": "churn", "version": "1"}
    assert value(samples(server), "oipscorer_requests_total", **version, status="200") == 3


def _encoded(content: Any) -> bytes:
    import json

    return json.dumps(content).encode()
