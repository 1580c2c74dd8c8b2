"""Sessions on the stack's Spark, and what becomes of them when that Spark cannot be reached any more."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pyspark.sql import SparkSession

from localbricks.sql.errors import SqlError, from_spark
from localbricks.sql.protocol.operations import Operation, Operations
from localbricks.sql.protocol.sessions import Session, Sessions
from localbricks.sql.results.spool import Spool
from localbricks.sql.results.types import Reader

ENDLESS = "select count(*) from range(400000000000) where pmod(hash(id), 7) = 3"
PATIENCE_SECONDS = 30
LOOPBACK = "127.0.0.1"


class Relay:
    """A TCP relay in front of Spark that can be cut, as a Spark server dies."""

    def __init__(self, target: int, token: str) -> None:
        self._target = target
        self._server = socket.create_server((LOOPBACK, 0))
        self._open: list[socket.socket] = []
        self.remote = f"sc://localhost:{self._server.getsockname()[1]}/;token={token}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close the door and break every connection."""
        for each in [self._server, *self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection((LOOPBACK, self._target))
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)


@pytest.fixture
def sessions(stack: dict[str, str], tmp_path: Path) -> Iterator[Sessions]:
    yield from _closed_after(Sessions(stack["SPARK_REMOTE"], Spool(tmp_path), Operations()))


@pytest.fixture
def relay(stack: dict[str, str]) -> Iterator[Relay]:
    SparkSession.builder.remote(
        stack["SPARK_REMOTE"]
    ).getOrCreate()  # or one that is cut off becomes the process's own
    made = Relay(urlsplit(stack["SPARK_REMOTE"]).port or 0, stack["DATABRICKS_TOKEN"])
    yield made
    made.cut()


def _closed_after(made: Sessions) -> Iterator[Sessions]:
    yield made
    made.close_idle(-1)


def started(session: Session, statement: str, operations: Operations | None = None) -> Operation:
    return (operations or Operations()).start(
        Operation(session, lambda: session.execute(statement, Reader()), arrow=True, lz4=False)
    )


def released(stack: dict[str, str], session: Session) -> None:
    """End the session on the server, as a restart does: another client of the same session closes it."""
    twin = f"{stack['SPARK_REMOTE']};session_id={session.spark.client._session_id}"
    SparkSession.builder.remote(twin).create().stop()


def test_a_closed_session_ends_its_statement_on_spark(sessions: Sessions) -> None:
    session = sessions.open({}, None, None)
    running = started(session, ENDLESS)
    assert not running.wait(1)
    sessions.close(session.id.bytes)
    assert running.wait(PATIENCE_SECONDS), "Spark still computes for a session that is closed"
    assert running.error is not None
    with pytest.raises(SqlError, match="Invalid SessionHandle") as caught:
        sessions.get(session.id.bytes)
    assert caught.value.sqlstate == "08003"


def test_idle_sessions_are_closed_and_busy_ones_are_not(stack: dict[str, str], tmp_path: Path) -> None:
    operations = Operations()
    sessions = Sessions(stack["SPARK_REMOTE"], Spool(tmp_path), operations)
    idle, working = sessions.open({}, None, None), sessions.open({}, None, None)
    running = started(working, ENDLESS, operations)
    # Cancelled while Spark hands its stage over, the stage would compute on: docs/localbricks.md.
    assert not running.wait(1)
    sessions.close_idle(0)
    assert sessions.get(working.id.bytes) is working
    assert idle.spark.client.is_closed
    operations.cancel(running.id.bytes)
    assert running.wait(PATIENCE_SECONDS)
    sessions.close_idle(0)
    assert working.spark.client.is_closed


def test_a_session_that_fails_to_open_leaves_none_behind(sessions: Sessions) -> None:
    with pytest.raises(SqlError, match="Catalog 'main' was not found"):
        sessions.open({}, "main", None)
    assert not sessions._open


def test_a_session_that_spark_forgot_says_to_connect_again(sessions: Sessions, stack: dict[str, str]) -> None:
    session = sessions.open({}, None, None)
    released(stack, session)
    lost = started(session, "select 1")
    assert lost.wait(PATIENCE_SECONDS)
    assert lost.error is not None
    assert (lost.error.sqlstate, lost.error.condition) == ("08S01", "SPARK_SESSION_LOST")
    assert "Open a new connection" in lost.error.message
    again = sessions.open({}, None, None)
    assert again.execute("select 1", Reader()).rows == 1


@pytest.mark.parametrize("statement", ["select 1", ENDLESS])
def test_a_statement_never_hangs_when_spark_is_gone(
    stack: dict[str, str], relay: Relay, tmp_path: Path, statement: str
) -> None:
    sessions = Sessions(relay.remote, Spool(tmp_path), Operations())
    session = sessions.open({}, None, None)
    try:
        running = _started_around_the_cut(relay, session, statement)
        assert running.wait(PATIENCE_SECONDS)
    finally:
        released(stack, session)  # Spark, which is well, would compute on for minutes
    assert running.error is not None
    assert running.error.condition == "SPARK_SESSION_LOST"


def _started_around_the_cut(relay: Relay, session: Session, statement: str) -> Operation:
    if statement != ENDLESS:
        relay.cut()
        return started(session, statement)
    running = started(session, statement)
    assert not running.wait(1)
    relay.cut()
    return running


def test_a_session_cannot_be_opened_without_spark(relay: Relay, tmp_path: Path) -> None:
    relay.cut()
    sessions = Sessions(relay.remote, Spool(tmp_path), Operations())
    began = time.monotonic()
    with pytest.raises(Exception, match=r"UNAVAILABLE|RETRIES_EXCEEDED|failed to connect") as caught:
        sessions.open({}, None, None)
    assert from_spark(caught.value).condition == "SPARK_SESSION_LOST"
    assert time.monotonic() - began < PATIENCE_SECONDS
