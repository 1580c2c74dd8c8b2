"""The routes on the wire: Thrift calls that the connector's cursor never makes, and bodies that are none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks.sql.thrift_api.TCLIService import TCLIService
from databricks.sql.thrift_api.TCLIService import ttypes as t
from fastapi import FastAPI
from fastapi.testclient import TestClient
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TMessageType
from thrift.transport.TTransport import TMemoryBuffer

from localbricks import api_errors
from localbricks.sql.router import router

PATH = "/sql/1.0/warehouses/local"
SUCCESS = t.TStatusCode.SUCCESS_STATUS
ERROR = t.TStatusCode.ERROR_STATUS
DIRECT = t.TSparkGetDirectResults(maxRows=100_000, maxBytes=10_000_000)


class Wire:
    """A Thrift client that posts each call by hand."""

    def __init__(self, http: TestClient) -> None:
        self.http = http

    def __call__(self, name: str, request: Any) -> Any:
        sent = TMemoryBuffer()
        getattr(TCLIService.Client(TBinaryProtocol(sent)), f"send_{name}")(request)
        answer = self.http.post(PATH, content=sent.getvalue())
        assert answer.status_code == 200, answer.text
        received = TBinaryProtocol(TMemoryBuffer(answer.content))
        return getattr(TCLIService.Client(received, received), f"recv_{name}")()

    def open(self) -> t.TSessionHandle:
        opened = self("OpenSession", t.TOpenSessionReq())
        assert opened.status.statusCode == SUCCESS, opened.status.errorMessage
        return opened.sessionHandle

    def run(self, session: t.TSessionHandle, statement: str, **options: Any) -> t.TExecuteStatementResp:
        request = t.TExecuteStatementReq(sessionHandle=session, statement=statement, **options)
        return self("ExecuteStatement", request)

    def finished(self, operation: t.TOperationHandle) -> t.TGetOperationStatusResp:
        while True:
            answer = self("GetOperationStatus", t.TGetOperationStatusReq(operationHandle=operation))
            if answer.operationState != t.TOperationState.RUNNING_STATE:
                return answer


@pytest.fixture
def offline(tmp_path: Path) -> Iterator[TestClient]:
    """The routes in front of a Spark that is not there: enough for what never reaches it."""
    app = FastAPI()
    api_errors.install(app)
    app.include_router(router("sc://127.0.0.1:9", tmp_path / "spool"))
    with TestClient(app) as client:
        yield client


@pytest.fixture
def wire(stack: dict[str, str], tmp_path: Path) -> Iterator[Wire]:
    app = FastAPI()
    api_errors.install(app)
    app.include_router(router(stack["SPARK_REMOTE"], tmp_path / "spool"))
    with TestClient(app) as client:
        yield Wire(client)


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


def test_how_many_rows_a_statement_changed(wire: Wire) -> None:
    session = wire.open()
    # The shape of what Delta answers to MERGE, UPDATE and DELETE.
    answer = wire.run(session, "select cast(3 as bigint) as num_affected_rows", getDirectResults=DIRECT)
    status = (
        answer.directResults.operationStatus
        if answer.directResults
        else wire.finished(answer.operationHandle)
    )
    assert status.numModifiedRows == 3
    wire("CloseSession", t.TCloseSessionReq(sessionHandle=session))


def test_an_answer_that_was_lost_is_fetched_again(wire: Wire) -> None:
    session = wire.open()
    operation = wire.run(session, "select id from range(50000)", canReadArrowResult=True).operationHandle
    assert wire.finished(operation).operationState == t.TOperationState.FINISHED_STATE

    def fetch(**options: Any) -> t.TFetchResultsResp:
        request = t.TFetchResultsReq(operationHandle=operation, orientation=0, maxRows=1, **options)
        return wire("FetchResults", request)

    first, second = fetch(), fetch()
    start = first.results.arrowBatches[0].rowCount
    assert second.results.startRowOffset == start
    again = fetch(startRowOffset=start)
    assert again.results.arrowBatches[0].batch == second.results.arrowBatches[0].batch
    wrong = fetch(startRowOffset=start + 1)
    assert wrong.status.statusCode == ERROR
    wire("CloseSession", t.TCloseSessionReq(sessionHandle=session))


def test_types_functions_and_the_engines_name(wire: Wire) -> None:
    session = wire.open()
    types = wire("GetTypeInfo", t.TGetTypeInfoReq(sessionHandle=session, getDirectResults=DIRECT))
    assert "DECIMAL" in types.directResults.resultSet.results.columns[0].stringVal.values
    found = wire(
        "GetFunctions",
        t.TGetFunctionsReq(sessionHandle=session, functionName="date\\_tr%", getDirectResults=DIRECT),
    )
    operation = found.operationHandle
    rows = found.directResults.resultSet if found.directResults else None
    if rows is None:
        wire.finished(operation)
        rows = wire("FetchResults", t.TFetchResultsReq(operationHandle=operation, orientation=0, maxRows=100))
    assert rows.results.columns[2].stringVal.values == ["date_trunc"]
    info = wire("GetInfo", t.TGetInfoReq(sessionHandle=session, infoType=t.TGetInfoType.CLI_DBMS_NAME))
    assert info.infoValue.stringValue == "Spark SQL"
    wire("CloseSession", t.TCloseSessionReq(sessionHandle=session))
