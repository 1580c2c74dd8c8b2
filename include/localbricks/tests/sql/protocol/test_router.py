"""The routes on the wire: Thrift calls that the connector's cursor never makes, and bodies that are none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sql.thrift_api.TCLIService import ttypes as t
from fastapi import FastAPI
from fastapi.testclient import TestClient
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TMessageType
from thrift.transport.TTransport import TMemoryBuffer

from localbricks import api_errors
from localbricks.sql.protocol.router import router
from localbricks_testing.wire import ERROR, PATH, Wire


@pytest.fixture
def offline(tmp_path: Path) -> Iterator[TestClient]:
    """The routes in front of a Spark that is not there: enough for what never reaches it."""
    app = FastAPI()
    api_errors.install(app)
    app.include_router(router("sc://127.0.0.1:9", tmp_path / "spool"))
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("body", [b"", b"hello", b"\x80\x01\x00\x01\xff\xff\xff\xff"])
def test_a_body_that_is_no_call_is_a_bad_request(offline: TestClient, body: bytes) -> None:
    answer = offline.post(PATH, content=body)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_call_of_an_unknown_name_gets_thrifts_own_answer(offline: TestClient) -> None:
    sent = TMemoryBuffer()
    protocol = TBinaryProtocol(sent)
    protocol.writeMessageBegin("GetWeather", TMessageType.CALL, 1)
    t.TGetInfoReq().write(protocol)
    answer = offline.post(PATH, content=sent.getvalue())
    name, kind, _ = TBinaryProtocol(TMemoryBuffer(answer.content)).readMessageBegin()
    assert (name, kind) == ("GetWeather", TMessageType.EXCEPTION)


def test_a_handle_that_nobody_gave_out(offline: TestClient) -> None:
    guid = t.THandleIdentifier(guid=b"0" * 16, secret=b"0" * 16)
    wire = Wire(offline)
    closed = wire("CloseSession", t.TCloseSessionReq(sessionHandle=t.TSessionHandle(sessionId=guid)))
    assert (closed.status.statusCode, closed.status.sqlState) == (ERROR, "08003")
    assert "Invalid SessionHandle" in closed.status.errorMessage
    asked = wire(
        "GetOperationStatus", t.TGetOperationStatusReq(operationHandle=t.TOperationHandle(operationId=guid))
    )
    assert "Invalid OperationHandle" in asked.status.errorMessage
    nothing = wire("CloseSession", t.TCloseSessionReq())
    assert "names no session or operation" in nothing.status.errorMessage


def test_a_call_that_is_not_served_is_refused_by_name(offline: TestClient) -> None:
    refused = Wire(offline)("GetPrimaryKeys", t.TGetPrimaryKeysReq())
    assert (refused.status.statusCode, refused.status.sqlState) == (ERROR, "0A000")
    assert "GetPrimaryKeys" in refused.status.errorMessage


def test_no_session_without_spark(offline: TestClient) -> None:
    opened = Wire(offline)("OpenSession", t.TOpenSessionReq())
    assert (opened.status.statusCode, opened.status.sqlState) == (ERROR, "08S01")
    assert opened.sessionHandle is None
