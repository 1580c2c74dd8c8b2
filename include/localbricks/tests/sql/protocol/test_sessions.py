"""What ends with a session: its statements, their results, and its client's hook at the end of the process."""

import atexit
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql.types import LongType, StructField, StructType

from localbricks.sql.protocol import sessions as sessions_module
from localbricks.sql.protocol.operations import Operation, Operations
from localbricks.sql.protocol.sessions import Session, Sessions, connect
from localbricks.sql.results.result_set import ResultSet
from localbricks.sql.results.spool import Spool

NUMBERS = StructType([StructField("n", LongType())])
SOON = 10


class Client:
    def _on_exit(self) -> None:
        raise AssertionError("the process ended")


class Conf(dict[str, str]):
    def set(self, key: str, value: str) -> None:
        self[key] = value


class Catalog:
    def currentCatalog(self) -> str:  # noqa: N802
        return "dev"

    def databaseExists(self, name: str) -> bool:  # noqa: N802
        return True


class OfflineSpark:
    """What a session calls of Spark, answered without one."""

    def __init__(self) -> None:
        self.client, self.conf, self.catalog = Client(), Conf(), Catalog()
        self.stopped = False
        self.interrupted: list[str] = []

    def sql(self, statement: str) -> None:
        """Nothing is computed."""

    def addTag(self, tag: str) -> None:  # noqa: N802
        """No job to tag."""

    removeTag = addTag  # noqa: N815

    def interruptTag(self, tag: str) -> None:  # noqa: N802
        self.interrupted.append(tag)

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def operations() -> Operations:
    return Operations()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path)


@pytest.fixture
def sessions(operations: Operations, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    monkeypatch.setattr(sessions_module, "connect", lambda remote: OfflineSpark())
    return Sessions("sc://nowhere", spool, operations)


def numbers(spool: Spool) -> ResultSet:
    result = ResultSet(NUMBERS, pa.schema([("n", pa.int64())]), spool)
    result.append(pa.record_batch({"n": range(1000)}))
    return result


def finished(operations: Operations, session: Session, spool: Spool) -> Operation:
    done = operations.start(Operation(session, lambda: numbers(spool), arrow=True, lz4=False))
    assert done.wait(SOON)
    return done


def test_an_idle_session_takes_its_results_with_it(
    sessions: Sessions, operations: Operations, spool: Spool
) -> None:
    session = sessions.open({}, None, None)
    done = finished(operations, session, spool)
    assert spool.taken > 0
    sessions.close_idle(-1)
    assert spool.taken == 0
    with pytest.raises(Exception, match="Invalid OperationHandle"):
        operations.get(done.id.bytes)
    with pytest.raises(Exception, match="Invalid SessionHandle"):
        sessions.get(session.id.bytes)


def test_a_session_with_a_running_statement_is_not_idle(sessions: Sessions, operations: Operations) -> None:
    go_on = threading.Event()

    def work() -> ResultSet:
        go_on.wait(SOON)
        raise ValueError("enough")

    session = sessions.open({}, None, None)
    running = operations.start(Operation(session, work, arrow=True, lz4=False))
    sessions.close_idle(-1)
    assert not session.closed
    go_on.set()
    assert running.wait(SOON)
    sessions.close_idle(-1)
    assert session.closed


def test_text_is_left_as_it_is_unless_a_client_asks_for_variables(sessions: Sessions) -> None:
    asked = {"spark.sql.variable.substitute": "true"}
    confs = [sessions.open(configuration, None, None).spark.conf for configuration in ({}, asked)]
    assert [conf.get("spark.sql.variable.substitute") for conf in confs] == ["false", "true"]


def test_a_client_leaves_no_hook_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: list[object] = []
    monkeypatch.setattr(atexit, "register", hooks.append)
    monkeypatch.setattr(atexit, "unregister", hooks.remove)
    spark = connect("sc://127.0.0.1:9")
    assert hooks == [spark.client._on_exit]
    monkeypatch.setattr(spark, "release_session_on_close", False)  # nobody is there to be told
    sessions_module.disconnect(spark)
    assert hooks == []
