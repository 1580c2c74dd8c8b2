"""Waits until a service is ready: as long as it lives, whatever else the machine is busy with."""

import threading
import time
from dataclasses import dataclass

from ..machine.home import Home
from ..services.definitions import Service
from .conf import log_file
from .steps import AbortedError, Report
from .supervisord import ServiceState, Supervisor

POLL_SECONDS = 0.3
LOG_TAIL = 25
CRASHES_TOLERATED = 2


class StackError(RuntimeError):
    """The stack cannot start; the message names the service and shows the end of its log."""


@dataclass(frozen=True)
class Waiter:
    """Waits for the services of one stack.

    Args:
        ready_seconds: how long a service that lives may take.
        report: called with a service's name and ``waiting`` each time another `late_seconds` have passed.
    """

    supervisor: Supervisor
    ready_seconds: float
    report: Report
    late_seconds: float = 60.0

    def wait_ready(self, service: Service, abort: threading.Event) -> None:
        """Return once the service is ready.

        Raises:
            StackError: it ended, ends again and again, or took longer than `ready_seconds`.
            AbortedError: `abort` was set.
        """
        began, reports, pids = time.monotonic(), 0, set[int]()
        while not abort.wait(POLL_SECONDS):
            state = self.supervisor.state(service.name)
            if state.state == "RUNNING" and service.probe(state.started):
                return
            pids |= {state.pid} - {0}
            seconds = time.monotonic() - began
            failure = self._failure(state, len(pids), seconds)
            if failure:
                raise StackError(_with_log(self.supervisor.home, service, failure))
            if seconds > (reports + 1) * self.late_seconds:
                reports += 1
                self.report(service.name, "waiting")
        raise AbortedError(service.name)

    def _failure(self, state: ServiceState, processes: int, seconds: float) -> str:
        if not state.alive:
            return f"is {state.state} {state.why}".strip()
        if processes > CRASHES_TOLERATED:
            return "ends again and again while it starts"
        if seconds > self.ready_seconds:
            return f"lives, but was not ready after {seconds:.0f} s; LAKELOOP_READY_SECONDS=<seconds> waits longer"
        return ""


def _with_log(home: Home, service: Service, failure: str) -> str:
    file = log_file(home, service.name)
    lines = file.read_text(errors="replace").splitlines()[-LOG_TAIL:] if file.exists() else []
    log = "\n".join(f"    {line}" for line in lines)
    return f"{service.name} {failure}. The end of {file}:\n{log}"
