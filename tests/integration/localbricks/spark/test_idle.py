"""A Spark session whose idle Python daemon was ended gets another."""

import os

import psutil
import pytest

from localbricks.spark.idle import idle_daemons
from localbricks_testing.waiting import wait_until
from tests.conformance import server_use


@pytest.mark.timeout(300)
def test_a_session_whose_daemon_was_ended_gets_another(stack: dict[str, str]) -> None:
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import udf

    server = server_use.spark(stack)
    spark = SparkSession.builder.remote(stack["SPARK_REMOTE"]).create()
    daemon_of = udf(lambda _: os.getppid(), "long")  # each worker is its daemon's child
    mine = {psutil.Process(row[0]) for row in spark.range(2).select(daemon_of("id")).collect()}
    assert mine <= set(server.children())
    # The stack's own watch ends it: the worker after a minute, the daemon at the second look that sees none.
    wait_until(
        lambda: not any(child.is_running() for child in mine), "the end of all idle daemons", seconds=240
    )
    assert not mine & idle_daemons(server.pid)
    others = {psutil.Process(row[0]) for row in spark.range(2).select(daemon_of("id")).collect()}
    assert not others & mine
    spark.stop()
