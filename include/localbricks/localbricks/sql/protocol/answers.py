"""The Thrift structures that tell a client of statuses, columns and rows."""

from typing import Any

import lz4.frame
from databricks.sql.thrift_api.TCLIService import ttypes as t

from ..errors import SqlError, from_spark
from ..results.columnar import columns
from ..results.result_set import Chunk, unique_names
from ..results.types import column_descriptions
from .operations import Operation

OK = t.TStatus(statusCode=t.TStatusCode.SUCCESS_STATUS)
PROTOCOL = t.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8


def failed(error: BaseException) -> t.TStatus:
    """Return the status of a request that could not be carried out."""
    told = from_spark(error)
    return t.TStatus(
        statusCode=t.TStatusCode.ERROR_STATUS,
        sqlState=told.sqlstate,
        errorCode=0,
        errorMessage=told.message,
        displayMessage=told.message,
    )


def guid(handle: Any) -> bytes:
    """Return the bytes that name a session or operation. Raises SqlError for a request without a handle."""
    identifier = getattr(handle, "operationId", None) or getattr(handle, "sessionId", None)
    if identifier is None or identifier.guid is None:
        raise SqlError(
            "[INVALID_HANDLE] The request names no session or operation", "HY000", "INVALID_HANDLE"
        )
    return identifier.guid


def session_handle(name: bytes) -> t.TSessionHandle:
    """Return the handle of a session."""
    return t.TSessionHandle(sessionId=_identifier(name), serverProtocolVersion=PROTOCOL)


def operation_handle(operation: Operation) -> t.TOperationHandle:
    """Return the handle of an operation."""
    return t.TOperationHandle(
        operationId=_identifier(operation.id.bytes),
        operationType=t.TOperationType.EXECUTE_STATEMENT,
        hasResultSet=True,
    )


def _identifier(name: bytes) -> t.THandleIdentifier:
    return t.THandleIdentifier(guid=name, secret=name)


def state(operation: Operation) -> t.TGetOperationStatusResp:
    """Return how an operation stands, with its error when it has one."""
    states = t.TOperationState
    if not operation.done:
        return t.TGetOperationStatusResp(status=OK, operationState=states.RUNNING_STATE)
    error = operation.error
    if error is None:
        changed = operation.result().modified_rows
        return t.TGetOperationStatusResp(
            status=OK, operationState=states.FINISHED_STATE, hasResultSet=True, numModifiedRows=changed
        )
    return t.TGetOperationStatusResp(
        status=OK,
        operationState=states.ERROR_STATE,
        sqlState=error.sqlstate,
        errorCode=0,
        errorMessage=error.message,
        displayMessage=error.message,
        diagnosticInfo=error.diagnostic or error.message,
    )


def described(operation: Operation) -> t.TGetResultSetMetadataResp:
    """Return the columns of a finished operation."""
    result = operation.result()
    arrow = t.TSparkRowSetType.ARROW_BASED_SET
    return t.TGetResultSetMetadataResp(
        status=OK,
        schema=t.TTableSchema(columns=column_descriptions(result.schema)),
        resultFormat=arrow if operation.arrow else t.TSparkRowSetType.COLUMN_BASED_SET,
        lz4Compressed=operation.lz4,
        arrowSchema=unique_names(result.arrow_schema).serialize().to_pybytes() if operation.arrow else None,
        isStagingOperation=False,
    )


def rows(
    operation: Operation, max_rows: int | None, max_bytes: int | None, start: int | None = None
) -> t.TFetchResultsResp:
    """Return the next rows of a finished operation, in the form that its client reads."""
    chunk = operation.result().fetch(max_rows, max_bytes, start)
    found = _arrow_rows(chunk, operation.lz4) if operation.arrow else _columnar_rows(chunk, operation)
    return t.TFetchResultsResp(status=OK, hasMoreRows=chunk.has_more, results=found)


def _arrow_rows(chunk: Chunk, compressed: bool) -> t.TRowSet:
    batches = [
        t.TSparkArrowBatch(batch=lz4.frame.compress(batch) if compressed else batch, rowCount=count)
        for batch, count in chunk.batches
    ]
    return t.TRowSet(startRowOffset=chunk.start, rows=[], arrowBatches=batches)


def _columnar_rows(chunk: Chunk, operation: Operation) -> t.TRowSet:
    schema = operation.result().arrow_schema
    made = columns(schema, [batch for batch, _ in chunk.batches])
    return t.TRowSet(startRowOffset=chunk.start, rows=[], columns=made)
