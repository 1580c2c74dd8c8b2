"""Statements that run: their state, their result, and how they are interrupted."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from ..errors import SqlError, cancelled, closed_session, from_spark, timed_out
from ..results.result_set import ResultSet
from .sessions import Session

log = logging.getLogger(__name__)
# Each waits for Spark, which does the work: many cost little, and a quick one need not wait for the long ones.
AT_ONCE = 128
# A statement may be between two jobs when the interrupt arrives, so it is sent again until the statement ends.
INTERRUPT_AGAIN_SECONDS = 0.5


class Operation:
    """One statement or metadata request of a session; `lz4` and `arrow` say how its client reads rows."""

    def __init__(self, session: Session, work: Callable[[], ResultSet], *, arrow: bool, lz4: bool) -> None:
        self.id: UUID = uuid4()
        self.session, self.arrow, self.lz4 = session, arrow, lz4 and arrow
        self.error: SqlError | None = None
        self._work = work
        self._result: ResultSet | None = None
        self._stopped: SqlError | None = None
        self._closed = False
        self._ended = threading.Event()
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        """Whether it has ended, well or badly."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        return self._ended.wait(seconds)

    def result(self) -> ResultSet:
        """The rows. Raises SqlError when it failed or still runs."""
        if self.error is not None:
            raise self.error
        if self._result is None:
            raise SqlError(
                "[OPERATION_RUNNING] The statement has not finished; poll its status first", "HY010"
            )
        return self._result

    def run(self) -> None:
        """Do the work; called once, in a thread of its own."""
        try:
            self._keep(self._work_in_tag())
        except Exception as error:
            self.error = self._stopped or from_spark(error)
        finally:
            self._ended.set()

    def stop(self, reason: SqlError) -> None:
        """Interrupt the Spark job behind it; the statement then fails with `reason`."""
        with self._lock:
            first, self._stopped = self._stopped is None, self._stopped or reason
        if first and not self.done:
            threading.Thread(target=self._interrupt, name=f"interrupt-{self.id}", daemon=True).start()

    def close(self) -> None:
        """Free the rows; a running statement is stopped."""
        self.stop(cancelled())
        with self._lock:
            self._closed = True
            result, self._result = self._result, None
        if result is not None:
            result.close()

    @property
    def _tag(self) -> str:
        return f"statement-{self.id}"

    def _work_in_tag(self) -> ResultSet:
        if self._stopped is not None:
            raise self._stopped
        self.session.spark.addTag(self._tag)
        try:
            return self._work()
        finally:
            self.session.spark.removeTag(self._tag)

    def _keep(self, result: ResultSet) -> None:
        with self._lock:
            wanted = not self._closed and self._stopped is None
            self._result = result if wanted else None
        if not wanted:
            result.close()
            raise self._stopped or cancelled()

    def _interrupt(self) -> None:
        while not self.done:
            try:
                self.session.spark.interruptTag(self._tag)
            except Exception as error:  # the server is gone, and the statement fails by itself
                log.info("statement %s cannot be interrupted: %s", self.id, error)
            self._ended.wait(INTERRUPT_AGAIN_SECONDS)


def _watch(operation: Operation, seconds: float) -> None:
    if not operation.wait(seconds):
        operation.stop(timed_out(seconds))


class Operations:
    """The operations that clients hold handles of."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="statement")
        self._known: dict[bytes, Operation] = {}

    def start(self, operation: Operation, timeout: float | None = None) -> Operation:
        """Begin; the client polls. After `timeout` seconds it is stopped with SQLSTATE HYT00.

        Raises SqlError when its session was closed meanwhile.
        """
        self._known[operation.id.bytes] = operation
        if operation.session.closed:  # since the client's call found it
            self.close(operation.id.bytes)
            raise closed_session()
        if timeout:
            threading.Thread(target=_watch, args=(operation, timeout), daemon=True).start()
        self._pool.submit(operation.run)
        return operation

    def get(self, guid: bytes) -> Operation:
        """The operation of a handle. Raises SqlError when it is closed."""
        operation = self._known.get(guid)
        if operation is None:
            text = (
                "[OPERATION_NOT_FOUND] Invalid OperationHandle: the operation is closed or was never started"
            )
            raise SqlError(text, "HY000", "OPERATION_NOT_FOUND")
        operation.session.touch()
        return operation

    def cancel(self, guid: bytes) -> None:
        """Stop a running statement; one that is closed already is no error, its client cannot know."""
        operation = self._known.get(guid)
        if operation is not None:
            operation.stop(cancelled())

    def close(self, guid: bytes) -> None:
        """Forget an operation; one that is closed already is no error."""
        operation = self._known.pop(guid, None)
        if operation is not None:
            operation.close()

    def close_of(self, session: Session) -> None:
        """Forget all operations of a session."""
        for operation in [o for o in list(self._known.values()) if o.session is session]:
            self.close(operation.id.bytes)

    def running_in(self, session: Session) -> bool:
        """Whether a statement of this session still runs."""
        return any(o.session is session and not o.done for o in list(self._known.values()))
