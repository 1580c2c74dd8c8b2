"""What a client is told when a statement fails: message, SQLSTATE and Spark's error condition."""

import os
import re
from dataclasses import dataclass

import grpc
from pyspark.errors import PySparkAssertionError, PySparkException, UnsupportedOperationException
from pyspark.errors.exceptions.connect import SparkConnectGrpcException

from ..spark import HIVE_METASTORE, read_catalogs

# A client class of error without a more precise SQLSTATE, as ODBC and JDBC name it.
GENERAL_ERROR = "HY000"
CONNECTION_LOST = "08S01"
CANCELLED = "57014"
TIMED_OUT = "HYT00"
NOT_SUPPORTED = "0A000"
SYNTAX_OR_RULE = "42000"
RESOURCES_EXHAUSTED = "53100"

_STACK = "\n\nJVM stacktrace:"
# What the Java classes of the workspace refuse says so at its beginning, behind the name of Java's exception.
_REFUSED = re.compile(
    r"(?:\(java\.lang\.UnsupportedOperationException\) )?(\[NOT_SUPPORTED_LOCALLY\].*?SQLSTATE: 0A000)", re.S
)
_IN_METASTORE = re.compile(r"(?P<tick>`?)spark_catalog(?P=tick)\.(?P=tick)(?P<database>\w+)(?P=tick)")
# Conditions, never text: a message may quote anything that a user wrote.
_LOST = {f"INVALID_HANDLE.SESSION_{what}" for what in ("CHANGED", "CLOSED", "NOT_FOUND")} | {
    "NO_ACTIVE_SESSION"
}


@dataclass
class SqlError(Exception):
    """A failed statement or request, as the protocol reports it."""

    message: str
    sqlstate: str = GENERAL_ERROR
    condition: str | None = None
    diagnostic: str | None = None

    def __str__(self) -> str:
        return self.message


def not_supported(what: str, instead: str) -> SqlError:
    """Return the refusal of a statement that only a real workspace can run; both parts end up in the message."""
    text = f"[NOT_SUPPORTED_LOCALLY] {what} is not supported by the local workspace: {instead}"
    return SqlError(f"{text} SQLSTATE: {NOT_SUPPORTED}", NOT_SUPPORTED, "NOT_SUPPORTED_LOCALLY")


def cancelled() -> SqlError:
    """Return the error of a statement that its client cancelled."""
    return SqlError(
        "[OPERATION_CANCELED] The statement was cancelled. SQLSTATE: 57014", CANCELLED, "OPERATION_CANCELED"
    )


def timed_out(seconds: float) -> SqlError:
    """Return the error of a statement that ran longer than its client allows."""
    text = f"[QUERY_TIMEOUT] The statement ran longer than the {seconds:g} s that its client allows."
    return SqlError(f"{text} SQLSTATE: {TIMED_OUT}", TIMED_OUT, "QUERY_TIMEOUT")


def closed_session() -> SqlError:
    """Return the error of a call for a session that is closed; the connector looks for "Invalid SessionHandle"."""
    text = "[SESSION_NOT_FOUND] Invalid SessionHandle: the session is closed; open a new connection"
    return SqlError(f"{text}. SQLSTATE: 08003", "08003", "SESSION_NOT_FOUND")


def session_lost(cause: str) -> SqlError:
    """Return the error of a connection whose Spark session is gone, as after a restart of the Spark server."""
    text = (
        "[SPARK_SESSION_LOST] The Spark server of this connection restarted or cannot be reached; its temporary "
        f"views and settings are gone. Open a new connection. SQLSTATE: {CONNECTION_LOST}"
    )
    return SqlError(text, CONNECTION_LOST, "SPARK_SESSION_LOST", cause)


def from_spark(error: BaseException) -> SqlError:
    """Translate what the Spark client raised; the JVM's stack trace moves to the diagnostic part."""
    if isinstance(error, SqlError):
        return error
    text = str(error)
    if _is_lost(error):
        return session_lost(text)
    refused = _REFUSED.match(text)
    if refused and isinstance(error, UnsupportedOperationException):
        return SqlError(refused[1], NOT_SUPPORTED, "NOT_SUPPORTED_LOCALLY", text)
    return _failed(error, text)


def _failed(error: BaseException, text: str) -> SqlError:
    message, _, stack = text.partition(_STACK)
    condition = error.getCondition() if isinstance(error, PySparkException) else None
    state = error.getSqlState() if isinstance(error, PySparkException) else None
    if condition and not message.startswith("["):
        message = f"[{condition}] {message}"
    if state and "SQLSTATE: " not in message:  # a client's exception carries the text alone
        message = f"{message.strip()} SQLSTATE: {state}"
    if condition != "USER_RAISED_EXCEPTION":  # whose words are the user's own
        message = as_clients_know(message)
    return SqlError(message.strip(), state or GENERAL_ERROR, condition, stack.strip() or None)


def as_clients_know(message: str) -> str:
    """Spark's message with the names that clients use for tables: Delta tells where the metastore keeps them."""
    return _IN_METASTORE.sub(_schema, message)


def _schema(match: re.Match[str]) -> str:
    """Catalog and schema of a database: see `SchemaNames.java`, which puts `dev.silver` into `dev__silver`."""
    tick, database = match["tick"], match["database"]
    owner = next((name for name in read_catalogs(os.environ) if database.startswith(f"{name}__")), None)
    schema = database.removeprefix(f"{owner}__") if owner else database
    return f"{tick}{owner or HIVE_METASTORE}{tick}.{tick}{schema}{tick}"


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, PySparkAssertionError):  # the server answers as another one than before
        return True
    if isinstance(error, PySparkException) and error.getCondition() in _LOST:
        return True
    if isinstance(error, SparkConnectGrpcException):
        return error.getGrpcStatusCode() == grpc.StatusCode.UNAVAILABLE
    cause = error if isinstance(error, grpc.RpcError) else error.__cause__ or error.__context__
    code = cause.code() if isinstance(cause, grpc.RpcError) and hasattr(cause, "code") else None
    return code == grpc.StatusCode.UNAVAILABLE
