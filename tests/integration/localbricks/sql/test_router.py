"""The SQL routes in front of the stack's Spark: Thrift calls that the connector's cursor never makes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks.sql.thrift_api.TCLIService import ttypes as t
from fastapi import FastAPI
from fastapi.testclient import TestClient

from localbricks import api_errors
from localbricks.sql.protocol.router import router
from localbricks_testing.wire import ERROR, Wire

DIRECT = t.TSparkGetDirectResults(maxRows=100_000, maxBytes=10_000_000)


@pytest.fixture
def wire(stack: dict[str, str], tmp_path: Path) -> Iterator[Wire]:
    app = FastAPI()
    api_errors.install(app)
    app.include_router(router(stack["SPARK_REMOTE"], tmp_path / "spool"))
    with TestClient(app) as client:
        yield Wire(client)


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
