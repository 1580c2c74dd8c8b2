"""The life of an operation, with a session whose Spark only remembers tags and interrupts."""

import threading
from collections.abc import Callable
from typing import cast

import pytest
from pyspark.sql.types import IntegerType, StructField, StructType

from localbricks.sql.errors import SqlError, cancelled
from localbricks.sql.protocol.operations import Operation, Operations
from localbricks.sql.protocol.sessions import Session
from localbricks.sql.results.result_set import ResultSet, from_rows

ONE = StructType([StructField("a", IntegerType())])
SOON = 10


class TaggedSpark:
    """The part of a Spark session that an operation calls."""

    def __init__(self) -> None:
        self.tags: set[str] = set()
        self.interrupts = 0
        self.interrupted = threading.Event()

    def addTag(self, tag: str) -> None:  # noqa: N802
        self.tags.add(tag)

    def removeTag(self, tag: str) -> None:  # noqa: N802
        self.tags.discard(tag)

    def interruptTag(self, tag: str) -> None:  # noqa: N802
        # The first one comes between two jobs and meets nothing, as it may on Spark.
        self.interrupts += 1
        if tag in self.tags and self.interrupts > 1:
            self.interrupted.set()


class TaggedSession:
    def __init__(self) -> None:
        self.spark = TaggedSpark()
        self.touched = 0
        self.closed = False

    def touch(self) -> None:
        self.touched += 1


@pytest.fixture
def session() -> TaggedSession:
    return TaggedSession()


def operation(session: TaggedSession, work: Callable[[], ResultSet]) -> Operation:
    return Operation(cast(Session, session), work, arrow=True, lz4=False)


def one_row() -> ResultSet:
    return from_rows(ONE, [[1]])


def until_interrupted(session: TaggedSession) -> ResultSet:
    if not session.spark.interrupted.wait(SOON):
        raise TimeoutError("nobody interrupted")
    raise RuntimeError("the job was interrupted")


def test_rows_of_a_finished_operation(session: TaggedSession) -> None:
    running = Operations().start(operation(session, one_row))
    assert running.wait(SOON)
    assert running.result().rows == 1
    assert session.spark.tags == set()


def test_a_failure_is_kept_and_raised(session: TaggedSession) -> None:
    def work() -> ResultSet:
        raise ValueError("boom")

    running = Operations().start(operation(session, work))
    assert running.wait(SOON)
    with pytest.raises(SqlError, match="boom"):
        running.result()


def test_a_running_operation_has_no_rows_yet(session: TaggedSession) -> None:
    with pytest.raises(SqlError, match="has not finished"):
        operation(session, one_row).result()


def test_cancel_interrupts_again_until_the_statement_ends(session: TaggedSession) -> None:
    operations = Operations()
    running = operations.start(operation(session, lambda: until_interrupted(session)))
    operations.cancel(running.id.bytes)
    assert running.wait(SOON)
    assert running.error is not None
    assert running.error.sqlstate == "57014"


def test_a_statement_cancelled_before_it_began_never_runs(session: TaggedSession) -> None:
    def work() -> ResultSet:
        raise AssertionError("it ran")

    waiting = operation(session, work)
    waiting.stop(cancelled())
    waiting.run()
    assert waiting.error is not None
    assert waiting.error.sqlstate == "57014"


def test_a_result_that_comes_after_the_cancel_is_dropped(session: TaggedSession) -> None:
    made: list[ResultSet] = []

    def work() -> ResultSet:
        running.stop(cancelled())
        made.append(one_row())
        return made[0]

    running = operation(session, work)
    running.run()
    assert running.error is not None
    with pytest.raises(ValueError, match="closed"):
        made[0].fetch()


def test_a_timeout_stops_with_its_own_state(session: TaggedSession) -> None:
    running = Operations().start(operation(session, lambda: until_interrupted(session)), timeout=0.05)
    assert running.wait(SOON)
    assert running.error is not None
    assert running.error.sqlstate == "HYT00"
    assert "0.05 s" in running.error.message


def test_closing_frees_the_rows_and_the_handle(session: TaggedSession) -> None:
    operations = Operations()
    running = operations.start(operation(session, one_row))
    assert running.wait(SOON)
    result = running.result()
    operations.close(running.id.bytes)
    operations.close(running.id.bytes)
    with pytest.raises(ValueError, match="closed"):
        result.fetch()
    with pytest.raises(SqlError, match="Invalid OperationHandle"):
        operations.get(running.id.bytes)


def test_using_a_handle_keeps_its_session_alive(session: TaggedSession) -> None:
    operations = Operations()
    running = operations.start(operation(session, lambda: until_interrupted(session)))
    assert operations.running_in(cast(Session, session))
    operations.get(running.id.bytes)
    assert session.touched == 1
    operations.close_of(cast(Session, session))
    assert running.wait(SOON)
    assert not operations.running_in(cast(Session, session))


def test_a_statement_of_a_session_that_was_closed_meanwhile_never_runs(session: TaggedSession) -> None:
    def work() -> ResultSet:
        raise AssertionError("it ran")

    operations, late = Operations(), operation(session, work)
    session.closed = True
    with pytest.raises(SqlError, match="Invalid SessionHandle"):
        operations.start(late)
    with pytest.raises(SqlError, match="Invalid OperationHandle"):
        operations.get(late.id.bytes)
