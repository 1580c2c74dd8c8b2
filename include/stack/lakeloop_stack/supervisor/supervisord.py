"""Talks to this stack's supervisord, over a Unix socket in its home."""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

from ..machine.home import Home

ALIVE = ("STARTING", "RUNNING", "BACKOFF")
START_PATIENCE_SECONDS = 20


class SupervisorError(RuntimeError):
    """supervisord does not start or does not answer."""


@dataclass(frozen=True)
class ServiceState:
    """What supervisord knows of one service.

    Args:
        state: STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL or UNKNOWN.
        started: seconds since the epoch; 0 when it never was.
        why: what supervisord says of its last failure to start.
    """

    name: str
    state: str
    pid: int
    started: float
    why: str

    @property
    def alive(self) -> bool:
        """Whether it runs or is being started."""
        return self.state in ALIVE


class Supervisor:
    """The supervisord of one home; it may not be running."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.socket = home.socket

    def answers(self) -> bool:
        """Whether supervisord runs."""
        if not self.socket.exists():
            return False
        try:
            return bool(self._call().getState()["statename"] == "RUNNING")
        except (OSError, Fault):
            return False

    def start(self, conf: Path, environment: Mapping[str, str]) -> None:
        """Start supervisord in the background, in a session of its own. Raises SupervisorError."""
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(conf)]
        done = subprocess.run(command, env=dict(environment), capture_output=True, text=True)
        if done.returncode:
            raise SupervisorError(f"supervisord did not start: {(done.stderr or done.stdout).strip()}")
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while not self.answers():
            if time.monotonic() > deadline:
                raise SupervisorError(
                    f"supervisord did not answer on {self.socket} within {START_PATIENCE_SECONDS} s; see "
                    f"{self.home.logs}/supervisord.log"
                )
            time.sleep(0.05)

    def states(self) -> dict[str, ServiceState]:
        """State of each service by name."""
        return {info["name"]: _state(info) for info in self._call().getAllProcessInfo()}

    def state(self, service: str) -> ServiceState:
        """State of one service."""
        return _state(self._call().getProcessInfo(service))

    def start_service(self, service: str) -> None:
        """Start a service unless it runs already; does not wait until it is ready."""
        try:
            self._call().startProcess(service, False)
        except Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise SupervisorError(f"{service} cannot be started: {fault.faultString}") from fault

    def stop_services(self, services: list[str]) -> None:
        """Stop several services at once and wait until all have stopped."""
        for service in services:
            try:
                self._call().stopProcess(service, False)
            except Fault as fault:
                if fault.faultCode not in (Faults.NOT_RUNNING, Faults.BAD_NAME):
                    raise SupervisorError(f"{service} cannot be stopped: {fault.faultString}") from fault
        # supervisord itself sends SIGKILL when a service's stop_seconds are over.
        while any(self.states()[service].state in ("STOPPING", *ALIVE) for service in services):
            time.sleep(0.1)

    def shutdown(self) -> None:
        """Stop supervisord, and with it what still runs; returns when it has gone."""
        pid = int(self._call().getPID())
        self._call().shutdown()
        while psutil.pid_exists(pid):
            time.sleep(0.05)

    def _call(self) -> Any:
        """A connection of its own for each call: the transport is not safe for threads."""
        transport = SupervisorTransport(serverurl=f"unix://{self.socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor


def _state(info: Mapping[str, Any]) -> ServiceState:
    return ServiceState(info["name"], info["statename"], info["pid"], float(info["start"]), info["spawnerr"])
