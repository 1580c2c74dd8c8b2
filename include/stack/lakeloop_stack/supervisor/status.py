"""What runs, since when, how often it crashed, and how much memory it takes."""

import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..machine.home import Home
from ..machine.memory import total_pss_mb
from ..machine.processes import of_stack
from ..services.definitions import Service
from .supervisord import ServiceState, Supervisor

EXITED = re.compile(r"exited: (?P<service>\S+) \((?P<how>.*); (?:not )?expected\)$")


@dataclass(frozen=True)
class ServiceStatus:
    """One line of ``lakeloop status``.

    Args:
        state: supervisord's word (RUNNING, FATAL, ...), and whether the service answers.
        crashes: how often it ended by itself since ``lakeloop up``.
        last_crash: how it ended the last time, such as ``terminated by SIGKILL``; empty when it never did.
        pss_mb: memory of the service and of all it started, in MiB.
    """

    name: str
    state: str
    ready: bool
    pid: int
    uptime_seconds: int
    crashes: int
    last_crash: str
    port: int | None
    url: str
    pss_mb: float


@dataclass(frozen=True)
class StackStatus:
    """The whole stack. `leftovers` are processes of a stack whose supervisord is gone."""

    home: str
    up: bool
    services: list[ServiceStatus]
    pss_mb: float
    leftovers: list[int]

    def as_json(self) -> dict[str, Any]:
        """For ``lakeloop status --json``."""
        return asdict(self)


def status(home: Home, services: list[Service]) -> StackStatus:
    """Look at the stack of this home."""
    supervisor, processes = Supervisor(home), of_stack(home.root)
    if not supervisor.answers():
        return StackStatus(str(home.root), False, [], 0.0, sorted(processes))
    states, crashes = supervisor.states(), read_crashes(home)
    lines = [_line(service, states[service.name], processes, crashes) for service in services]
    up = all(line.state == "RUNNING" and line.ready for line in lines)
    return StackStatus(str(home.root), up, lines, round(total_pss_mb(processes), 1), [])


def read_crashes(home: Home) -> dict[str, list[str]]:
    """How each service ended by itself since ``lakeloop up``, oldest first, from supervisord's log."""
    endings: dict[str, list[str]] = {}
    for file in (home.logs / "supervisord.log.1", home.logs / "supervisord.log"):
        for line in file.read_text(errors="replace").splitlines() if file.exists() else []:
            if match := EXITED.search(line):
                endings.setdefault(match["service"], []).append(match["how"])
    return endings


def _line(
    service: Service, state: ServiceState, processes: Mapping[int, str], crashes: Mapping[str, list[str]]
) -> ServiceStatus:
    own = [pid for pid, name in processes.items() if name == service.name]
    ended = crashes.get(service.name, [])
    return ServiceStatus(
        name=service.name,
        state=state.state,
        ready=state.state == "RUNNING" and service.probe(state.started),
        pid=state.pid,
        uptime_seconds=int(time.time() - state.started) if state.alive else 0,
        crashes=len(ended),
        last_crash=ended[-1] if ended else "",
        port=service.port,
        url=service.url,
        pss_mb=round(total_pss_mb(own), 1),
    )
