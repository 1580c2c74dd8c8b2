"""``python launch.py <service.json>``: becomes the service that the file describes.

supervisord starts each service through this file, so that addresses, secrets and commands need no quoting in its conf.
It imports nothing but the standard library: each start and restart passes through here.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

MARKS = ("LAKELOOP_STACK", "LAKELOOP_SERVICE")
PATIENCE_SECONDS = 10


def main(file: str) -> None:
    """Replace this process by ``command``, in ``cwd``, with exactly the environment ``env``.

    With ``alone``, what a killed predecessor left is ended first: a server's worker would still hold its port.
    """
    service = json.loads(Path(file).read_text(encoding="utf-8"))
    if service["alone"]:
        end_predecessors(service["env"])
    os.chdir(service["cwd"])
    os.execvpe(service["command"][0], service["command"], service["env"])


def end_predecessors(environment: dict[str, Any]) -> None:
    """Kill all processes that carry the marks of this service, and wait until they are gone."""
    marks = {os.fsencode(f"{name}={environment[name]}") for name in MARKS}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (predecessors := _marked(marks)) and time.monotonic() < deadline:
        for pid in predecessors:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def _marked(marks: set[bytes]) -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and marks <= _variables(name)]


def _variables(pid: str) -> set[bytes]:
    try:
        return (
            set() if int(pid) == os.getpid() else set(Path("/proc", pid, "environ").read_bytes().split(b"\0"))
        )
    except OSError:  # ended meanwhile, or another user's
        return set()


if __name__ == "__main__":
    main(sys.argv[1])
