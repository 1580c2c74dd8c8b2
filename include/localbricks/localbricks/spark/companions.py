"""Companions of the Spark server: processes of their own that live no longer than it."""

import os
from collections.abc import Callable


def start_companion(task: Callable[[int], object]) -> None:
    """Call ``task(pid of this process)`` in a process of its own, forked twice so that the JVM has no child to reap."""
    server, child = os.getpid(), os.fork()
    if child:
        os.waitpid(child, 0)
        return
    if os.fork():
        os._exit(0)
    try:
        task(server)
    finally:
        os._exit(0)
