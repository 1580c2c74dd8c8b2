"""A Spark session whose idle Python daemon was ended gets another."""

from urllib.parse import urlsplit

import psutil
import pytest

from localbricks.spark.idle import idle_daemons
from localbricks_testing.waiting import wait_until


@pytest.mark.timeout(300)
def test_a_session_whose_daemon_was_ended_gets_another(stack: dict[str, str]) -> None:
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import udf

    server = listener(urlsplit(stack["SPARK_REMOTE"]).port or 0)
    spark = SparkSession.builder.remote(stack["SPARK_REMOTE"]).create()
    plus_one = udf(lambda n: n + 1, "long")
    before = {child.pid for child in psutil.Process(server).children()}
    assert [row[0] for row in spark.range(2).select(plus_one("id")).collect()] == [1, 2]
    mine = {child for child in psutil.Process(server).children() if child.pid not in before}
    assert mine
    # The stack's own watch ends it: the worker after a minute, the daemon at the second look that sees none.
    wait_until(
        lambda: not any(child.is_running() for child in mine), "the end of all idle daemons", seconds=240
    )
    assert not mine & idle_daemons(server)
    assert [row[0] for row in spark.range(2).select(plus_one("id")).collect()] == [1, 2]
    spark.stop()


def listener(port: int) -> int:
    """The process that listens on a port."""
    return next(
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.pid
        and connection.laddr
        and connection.laddr.port == port
        and connection.status == psutil.CONN_LISTEN
    )
