"""Since when the Connect server runs."""

from contextlib import suppress

import psutil


def started_at(port: int) -> int | None:
    """When the process that listens on a port was started, in milliseconds since 1970.

    None when nothing listens there, or nothing that this user may see: another container's server, say.
    """
    for connection in psutil.net_connections("tcp"):
        at_port = connection.laddr and connection.laddr.port == port
        if at_port and connection.status == psutil.CONN_LISTEN and connection.pid:
            with suppress(psutil.NoSuchProcess):
                return round(psutil.Process(connection.pid).create_time() * 1000)
    return None
