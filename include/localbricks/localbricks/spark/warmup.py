"""Open the metastore as soon as the server answers.

Spark opens its metastore at the first statement, and only then does Derby start to serve classic drivers. A
job cluster must not depend on somebody having used the Connect server before, so a short-lived process runs
that first statement. It also writes and reads a small Delta table in the state folder: the classes this loads
would make a user's first statement take seconds.
"""

import socket
import time
from urllib.parse import urlsplit

import psutil

from ..environment import LOOPBACK

PATIENCE_SECONDS = 900


def warm_up(remote: str, server: int, table: str) -> bool:
    """Wait until the server at `remote` listens, then run the statements; False when it went away first."""
    if not _wait_for(urlsplit(remote).port or 0, server):
        return False
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(remote).getOrCreate()
    session.sql("SHOW DATABASES").collect()
    session.range(10).write.format("delta").mode("overwrite").save(table)
    session.read.format("delta").load(table).collect()
    session.stop()
    return True


def _wait_for(port: int, server: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and psutil.pid_exists(server):
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.2)
    return False
