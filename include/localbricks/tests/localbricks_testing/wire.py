"""Calls of the SQL service on the wire, such as the connector's cursor never makes."""

from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService
from databricks.sql.thrift_api.TCLIService import ttypes as t
from fastapi.testclient import TestClient
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

PATH = "/sql/1.0/warehouses/local"
SUCCESS = t.TStatusCode.SUCCESS_STATUS
ERROR = t.TStatusCode.ERROR_STATUS


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
