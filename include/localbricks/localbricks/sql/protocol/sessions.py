"""Client sessions: each is a Spark Connect session of its own, closed with its client or after a long silence."""

import atexit
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID, uuid4

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy

from ..errors import SqlError, closed_session, from_spark
from ..results.result_set import ResultSet
from ..results.spool import Spool
from ..results.types import Reader
from ..statements.run import Wanted, run
from ..text.confs import spark_conf, timeout_seconds
from ..text.names import quoted
from ..text.parameters import Parameter, arguments, by_name
from ..text.targets import unqualified_target

# The client of the statement is told what went wrong; Spark's own loggers would repeat each error with its whole stack.
for _name in ("pyspark.sql.connect.logging", "SQLQueryContextLogger"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)
IDLE_SECONDS = 8 * 3600
# dbt reads the runtime's version from a cluster, and for this one writes SQL that open-source Spark understands.
CLUSTER_RUNTIME = {"spark.databricks.clusterUsageTags.sparkVersion": "16.4.x-scala2.13"}

# Spark would fill ${...} in, also inside strings: a cell of a seed would lose it, or show a variable of the server.
TEXT_AS_IT_IS = {"spark.sql.variable.substitute": "false"}


class Session:
    """One client's session on Spark. Raises what Spark raises when it cannot be reached."""

    def __init__(self, spark: SparkSession, spool: Spool, configuration: Mapping[str, str]) -> None:
        self.id: UUID = uuid4()
        self.spark = spark
        self.statement_timeout = timeout_seconds(configuration)
        self.used_at = time.monotonic()
        self.closed = False
        self._spool = spool
        self._awaited_schema: str | None = None
        for key, value in (TEXT_AS_IT_IS | spark_conf(configuration)).items():
            spark.conf.set(key, value)

    def use(self, catalog: str | None, schema: str | None) -> None:
        """Stand in catalog and schema. As on Databricks, a schema that is not there yet is no error by itself.

        Raises SqlError for a catalog that the workspace does not have.
        """
        if catalog:
            self._stand_in_catalog(catalog)
        self._awaited_schema = schema or None
        # A call to Spark also without a schema: a server that is gone is noticed when the session opens.
        self._stand_in_schema(schema or "default")

    def execute(
        self, sql: str, reader: Reader, row_limit: int | None = None, parameters: Sequence[Parameter] = ()
    ) -> ResultSet:
        """Run one statement and keep its rows. Raises what Spark raises, or SqlError."""
        if (
            self._awaited_schema
            and not self._stand_in_schema(self._awaited_schema)
            and unqualified_target(sql)
        ):
            raise _schema_not_found(self._awaited_schema)
        given = arguments(parameters, self._time_zone)
        sql, named = by_name(sql, given) if given else (sql, {})
        return run(self.spark, sql, named, Wanted(reader, row_limit, self._spool))

    def _time_zone(self) -> str:
        return self.spark.conf.get("spark.sql.session.timeZone") or "UTC"

    def _stand_in_catalog(self, catalog: str) -> None:
        try:
            self.spark.sql(f"USE CATALOG {quoted([catalog])}")
        except PySparkException as error:
            raise from_spark(error) from error

    def _stand_in_schema(self, schema: str) -> bool:
        # With its catalog, because a schema may be called as a catalog is.
        name = quoted([self.spark.catalog.currentCatalog(), schema])
        if not self.spark.catalog.databaseExists(name):
            return False
        self.spark.sql(f"USE {name}")
        self._awaited_schema = None
        return True

    def touch(self) -> None:
        """Note that the client is still there."""
        self.used_at = time.monotonic()

    def close(self) -> None:
        """Free what the server keeps for this session, and what this process does."""
        self.closed = True
        disconnect(self.spark)


def _schema_not_found(schema: str) -> SqlError:
    text = f"[SCHEMA_NOT_FOUND] The schema `{schema}` of this connection cannot be found; create it first"
    return SqlError(f"{text}. SQLSTATE: 42704", "42704", "SCHEMA_NOT_FOUND")


def connect(remote: str) -> SparkSession:
    """Return a new Spark Connect session on `remote`."""
    spark = SparkSession.builder.remote(remote).create()
    # Spark's own policy waits ten minutes for a server that is gone; this one about two seconds.
    spark.client.set_retry_policies([DefaultPolicy(max_retries=4, max_backoff=1000)])
    return spark


def disconnect(spark: SparkSession) -> None:
    """Release a session on the server, and let go of its client: each registers a hook that would keep it for ever."""
    spark.stop()
    atexit.unregister(spark.client._on_exit)


class Statements(Protocol):
    """The statements of all sessions, as far as sessions care."""

    def running_in(self, session: Session) -> bool:
        """Whether a statement of this session still runs."""

    def close_of(self, session: Session) -> None:
        """Stop and forget all statements of this session, with their results."""


class Sessions:
    """The open sessions, by the bytes of their id. A session that ends takes its statements with it."""

    def __init__(self, remote: str, spool: Spool, statements: Statements) -> None:
        self._remote, self._spool, self._statements = remote, spool, statements
        self._open: dict[bytes, Session] = {}
        self._lock = threading.Lock()

    def open(self, configuration: Mapping[str, str], catalog: str | None, schema: str | None) -> Session:
        """Return a new session; those that nobody used for hours are closed first."""
        self.close_idle()
        spark = connect(self._remote)
        try:
            session = Session(spark, self._spool, configuration)
            session.use(catalog, schema)
        except BaseException:
            disconnect(spark)
            raise
        with self._lock:
            self._open[session.id.bytes] = session
        return session

    def get(self, guid: bytes) -> Session:
        """Return the session of a handle. Raises SqlError when it is closed, expired or from before a restart."""
        session = self._open.get(guid)
        if session is None:
            raise closed_session()
        session.touch()
        return session

    def close(self, guid: bytes) -> None:
        """Close a session; one that is closed already is no error."""
        with self._lock:
            session = self._open.pop(guid, None)
        if session is not None:
            # First, so that a statement that starts meanwhile sees it and closes itself.
            session.closed = True
            self._statements.close_of(session)
            session.close()

    def close_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """Close the sessions that nobody used for so long."""
        limit = time.monotonic() - seconds
        for guid, session in list(self._open.items()):
            if session.used_at < limit and not self._statements.running_in(session):
                self.close(guid)
