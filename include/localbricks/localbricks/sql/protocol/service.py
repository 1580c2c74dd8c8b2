"""The Thrift service that databricks-sql-connector speaks: TCLIService, protocol V8, results in Arrow.

The interface is the one that ships in databricks-sql-connector (`databricks.sql.thrift_api.TCLIService`).
"""

from collections.abc import Callable
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService
from databricks.sql.thrift_api.TCLIService import ttypes as t
from pyspark.sql import SparkSession

from ..results.result_set import ResultSet
from ..results.types import reader
from ..statements import metadata
from .answers import OK, PROTOCOL, described, guid, operation_handle, rows, session_handle, state
from .operations import Operation, Operations
from .parameters import parameters
from .sessions import CLUSTER_RUNTIME, Sessions

# A client that polls does not sleep in between: the answer waits this long for the statement instead. Not longer,
# because the connector sends one request at a time: its cancel waits for the answer to its poll.
LONG_POLL_SECONDS = 0.5
# Only with the first answer does a client get the handle with which it can cancel.
FIRST_ANSWER_SECONDS = 1.0


class Service(TCLIService.Iface):
    """What each call does; :mod:`localbricks.sql.protocol.router` puts errors into the answers."""

    def __init__(self, sessions: Sessions, operations: Operations, cluster: bool) -> None:
        self._sessions, self._operations = sessions, operations
        self._conf = CLUSTER_RUNTIME if cluster else {}

    def OpenSession(self, req: t.TOpenSessionReq) -> t.TOpenSessionResp:  # noqa: N802
        """Begin a session in the namespace that the client asks for."""
        namespace = req.initialNamespace or t.TNamespace()
        configuration = (req.configuration or {}) | self._conf
        session = self._sessions.open(configuration, namespace.catalogName, namespace.schemaName)
        return t.TOpenSessionResp(
            status=OK,
            serverProtocolVersion=PROTOCOL,
            sessionHandle=session_handle(session.id.bytes),
            configuration={},
            initialNamespace=req.initialNamespace,
            canUseMultipleCatalogs=True,
        )

    def CloseSession(self, req: t.TCloseSessionReq) -> t.TCloseSessionResp:  # noqa: N802
        """End a session and all its statements."""
        self._sessions.close(self._sessions.get(guid(req.sessionHandle)).id.bytes)
        return t.TCloseSessionResp(status=OK)

    def GetInfo(self, req: t.TGetInfoReq) -> t.TGetInfoResp:  # noqa: N802
        """Name and version of the engine."""
        names = {t.TGetInfoType.CLI_SERVER_NAME: "Spark SQL", t.TGetInfoType.CLI_DBMS_NAME: "Spark SQL"}
        value = names.get(req.infoType) or self._sessions.get(guid(req.sessionHandle)).spark.version
        return t.TGetInfoResp(status=OK, infoValue=t.TGetInfoValue(stringValue=value))

    def ExecuteStatement(self, req: t.TExecuteStatementReq) -> t.TExecuteStatementResp:  # noqa: N802
        """Start a statement; a quick one comes back with its rows."""
        session = self._sessions.get(guid(req.sessionHandle))
        client, given = reader(req), parameters(req)
        operation = Operation(
            session,
            lambda: session.execute(req.statement, client, req.resultRowLimit, given),
            arrow=client.arrow,
            lz4=bool(req.canDecompressLZ4Result),
        )
        self._operations.start(operation, req.queryTimeout or session.statement_timeout)
        return self._first_answer(req, t.TExecuteStatementResp, operation)

    def GetCatalogs(self, req: t.TGetCatalogsReq) -> t.TGetCatalogsResp:  # noqa: N802
        """See :func:`metadata.catalogs`."""
        return self._asked(req, t.TGetCatalogsResp, metadata.catalogs)

    def GetTableTypes(self, req: t.TGetTableTypesReq) -> t.TGetTableTypesResp:  # noqa: N802
        """See :func:`metadata.table_types`."""
        return self._asked(req, t.TGetTableTypesResp, lambda _: metadata.table_types())

    def GetTypeInfo(self, req: t.TGetTypeInfoReq) -> t.TGetTypeInfoResp:  # noqa: N802
        """See :func:`metadata.type_info`."""
        return self._asked(req, t.TGetTypeInfoResp, lambda _: metadata.type_info())

    def GetFunctions(self, req: t.TGetFunctionsReq) -> t.TGetFunctionsResp:  # noqa: N802
        """See :func:`metadata.functions`."""
        return self._asked(
            req, t.TGetFunctionsResp, lambda spark: metadata.functions(spark, req.functionName)
        )

    def GetSchemas(self, req: t.TGetSchemasReq) -> t.TGetSchemasResp:  # noqa: N802
        """See :func:`metadata.schemas`."""
        names = (req.catalogName, req.schemaName)
        return self._asked(req, t.TGetSchemasResp, lambda spark: metadata.schemas(spark, *names))

    def GetTables(self, req: t.TGetTablesReq) -> t.TGetTablesResp:  # noqa: N802
        """See :func:`metadata.tables`."""
        names = (req.catalogName, req.schemaName, req.tableName)
        return self._asked(
            req, t.TGetTablesResp, lambda spark: metadata.tables(spark, *names, req.tableTypes)
        )

    def GetColumns(self, req: t.TGetColumnsReq) -> t.TGetColumnsResp:  # noqa: N802
        """See :func:`metadata.columns`."""
        names = (req.catalogName, req.schemaName, req.tableName, req.columnName)
        return self._asked(req, t.TGetColumnsResp, lambda spark: metadata.columns(spark, *names))

    def GetOperationStatus(self, req: t.TGetOperationStatusReq) -> t.TGetOperationStatusResp:  # noqa: N802
        """Wait a while for the statement, then say how it stands."""
        operation = self._operations.get(guid(req.operationHandle))
        operation.wait(LONG_POLL_SECONDS)
        return state(operation)

    def GetResultSetMetadata(self, req: t.TGetResultSetMetadataReq) -> t.TGetResultSetMetadataResp:  # noqa: N802
        """Columns of a finished statement."""
        return described(self._operations.get(guid(req.operationHandle)))

    def FetchResults(self, req: t.TFetchResultsReq) -> t.TFetchResultsResp:  # noqa: N802
        """The next rows; from the first again, or from a named one, when the client says so."""
        operation = self._operations.get(guid(req.operationHandle))
        start = 0 if req.orientation == t.TFetchOrientation.FETCH_FIRST else req.startRowOffset
        answer = rows(operation, req.maxRows, req.maxBytes, start)
        if req.includeResultSetMetadata:
            answer.resultSetMetadata = described(operation)
        return answer

    def CancelOperation(self, req: t.TCancelOperationReq) -> t.TCancelOperationResp:  # noqa: N802
        """Interrupt a statement's Spark job; it then ends with SQLSTATE 57014."""
        self._operations.cancel(guid(req.operationHandle))
        return t.TCancelOperationResp(status=OK)

    def CloseOperation(self, req: t.TCloseOperationReq) -> t.TCloseOperationResp:  # noqa: N802
        """Forget a statement and its rows."""
        self._operations.close(guid(req.operationHandle))
        return t.TCloseOperationResp(status=OK)

    def _asked(self, req: Any, answer: Any, question: Callable[[SparkSession], ResultSet]) -> Any:
        session = self._sessions.get(guid(req.sessionHandle))
        # These requests do not say whether their client reads Arrow; every client reads columns.
        operation = Operation(session, lambda: question(session.spark), arrow=False, lz4=False)
        return self._first_answer(req, answer, self._operations.start(operation))

    def _first_answer(self, req: Any, answer: Any, operation: Operation) -> Any:
        direct = None
        if req.getDirectResults and operation.wait(FIRST_ANSWER_SECONDS):
            direct = self._direct(operation, req.getDirectResults)
        return answer(status=OK, operationHandle=operation_handle(operation), directResults=direct)

    def _direct(self, operation: Operation, wanted: t.TSparkGetDirectResults) -> t.TSparkDirectResults:
        """State, columns and first rows in one answer; a result that fits into it is closed with it."""
        direct = t.TSparkDirectResults(operationStatus=state(operation))
        if operation.error is None:
            direct.resultSetMetadata = described(operation)
            direct.resultSet = rows(operation, wanted.maxRows, wanted.maxBytes)
            if direct.resultSet.hasMoreRows:
                return direct
        direct.closeOperation = t.TCloseOperationResp(status=OK)
        self._operations.close(operation.id.bytes)
        return direct
