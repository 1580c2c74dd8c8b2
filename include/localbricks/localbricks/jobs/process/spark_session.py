"""The Spark Connect session of a task: one of its own, and nothing of it is left on the server when the task has ended.

A client that is killed leaves its statements running: the server goes on with them, and a MERGE would commit after its
run was cancelled. ``ReleaseSession`` interrupts them but does not wait for their end. So they are interrupted first,
then watched by ``GetStatus`` until none runs any more, and only then is the session given up. The calls are those of
``spark/connect/base.proto``, as of Spark 4.2.
"""

import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto.base_pb2_grpc import SparkConnectServiceStub

from ...runtime.localbricks_paths import NOTEBOOK_RUNS, SESSION_FILE

USER = "localbricks"
"""One half of a session's name on the server, beside its id."""
TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"
"""The variable in which Spark's own clients find what the server asks for."""
CALL_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.05
RUNNING = pb.GetStatusResponse.OperationStatus.OPERATION_STATE_RUNNING
# What the server answers about a session that was never opened, or that the task has stopped itself.
GONE = ("INVALID_HANDLE.SESSION_NOT_FOUND", "INVALID_HANDLE.SESSION_CLOSED")


class SparkStillRunsError(RuntimeError):
    """Statements of a session could not be ended in time; the message names the session."""


def new_session_id() -> str:
    """An id that no session has had."""
    return str(uuid4())


def session_url(remote: str, session_id: str) -> str:
    """What SPARK_REMOTE is to be, for clients that share this session.

    Args:
        remote: address of the server, ``sc://host:port``.
    """
    return f"{remote}/;user_id={USER};session_id={session_id}"


def sessions_below(folder: Path) -> list[str]:
    """The ids of the sessions of the notebooks that a task's notebook has run, those that they ran included.

    Args:
        folder: run folder of the task.
    """
    files = sorted((folder / NOTEBOOK_RUNS).rglob(SESSION_FILE))
    return [file.read_text(encoding="utf-8") for file in files]


def end_session(remote: str, session_id: str, seconds: float) -> None:
    """End what runs in a session, wait until it has ended, and release the session.

    Does nothing when there is no such session, or no server: its sessions have ended with it. Raises
    SparkStillRunsError when a statement has not ended within the seconds, or the server does not answer.
    """
    with grpc.insecure_channel(remote.removeprefix("sc://")) as channel:
        try:
            _end(SparkConnectServiceStub(channel), session_id, time.monotonic() + seconds)
        except grpc.RpcError as error:
            if not _is_gone(error):
                raise SparkStillRunsError(
                    f"its Spark session {session_id} could not be ended: {error.details()}"
                ) from error


def _end(server: SparkConnectServiceStub, session_id: str, deadline: float) -> None:
    whose: dict[str, Any] = {"session_id": session_id, "user_context": pb.UserContext(user_id=USER)}
    is_running = _is_running(server, whose)
    if is_running:
        interrupt = pb.InterruptRequest(interrupt_type=pb.InterruptRequest.INTERRUPT_TYPE_ALL, **whose)
        server.Interrupt(interrupt, **_call())
    while is_running and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_SECONDS)
        is_running = _is_running(server, whose)
    server.ReleaseSession(pb.ReleaseSessionRequest(**whose), **_call())
    if is_running:
        raise SparkStillRunsError(f"a statement of its Spark session {session_id} does not end")


def _is_running(server: SparkConnectServiceStub, whose: dict[str, Any]) -> bool:
    request = pb.GetStatusRequest(operation_status=pb.GetStatusRequest.OperationStatusRequest(), **whose)
    answer = server.GetStatus(request, **_call())
    return any(operation.state == RUNNING for operation in answer.operation_statuses)


def _call() -> dict[str, Any]:
    token = os.environ.get(TOKEN)
    metadata = [("authorization", f"Bearer {token}")] if token else []
    return {"timeout": CALL_SECONDS, "metadata": metadata}


def _is_gone(error: grpc.RpcError) -> bool:
    return error.code() == grpc.StatusCode.UNAVAILABLE or any(
        name in (error.details() or "") for name in GONE
    )
