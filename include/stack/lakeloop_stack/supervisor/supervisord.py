"""Talks to this stack's supervisord, over a Unix socket in its home."""

import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport, UnixStreamHTTPConnection

from ..machine.home import Home
from ..machine.processes import of_stack

ALIVE = ("STARTING", "RUNNING", "BACKOFF")
# How long supervisord may take for one answer, and for ending when its services have ended.
ANSWER_SECONDS = 30
END_SECONDS = 30
# After a service's stop_seconds supervisord sends SIGKILL; then the kernel needs a moment.
KILL_SECONDS = 30


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
        except (OSError, Fault, HTTPException):
            return False

    def start(self, conf: Path, environment: Mapping[str, str], patience_seconds: float) -> None:
        """Start supervisord in the background, in a session of its own.

        Args:
            patience_seconds: how long a living supervisord may take to answer.

        Raises:
            SupervisorError: it could not be started, ended, or does not answer.
        """
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(conf)]
        done = subprocess.run(command, env=dict(environment), capture_output=True, text=True)
        if done.returncode:
            raise SupervisorError(f"supervisord did not start: {(done.stderr or done.stdout).strip()}")
        deadline = time.monotonic() + patience_seconds
        while not self.answers():
            if not self.lives() or time.monotonic() > deadline:
                raise SupervisorError(
                    f"supervisord does not answer on {self.socket}; see {self.home.logs}/supervisord.log"
                )
            time.sleep(0.05)

    def lives(self) -> bool:
        """Whether its process is there, answering or not."""
        return "supervisor" in of_stack(self.home.root).values()

    def states(self) -> dict[str, ServiceState]:
        """State of each service by name."""
        return {info["name"]: _state(info) for info in self._call().getAllProcessInfo()}

    def state(self, service: str) -> ServiceState:
        """State of one service."""
        return _state(self._call().getProcessInfo(service))

    def add_services(self, services: list[str]) -> None:
        """Make services known that the conf has got since supervisord read it; none of them is started."""
        self._call().reloadConfig()
        for service in services:
            self._call().addProcessGroup(service)

    def start_service(self, service: str) -> None:
        """Start a service unless it runs already; does not wait until it is ready."""
        try:
            self._call().startProcess(service, False)
        except Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise SupervisorError(f"{service} cannot be started: {fault.faultString}") from fault

    def stop_services(self, services: list[str], grace_seconds: float) -> list[str]:
        """Stop several services at once and wait until all have stopped.

        Args:
            grace_seconds: after which supervisord itself sends SIGKILL.

        Returns:
            The services that are still there long after SIGKILL; their processes are for the caller to end.
        """
        for service in services:
            try:
                self._call().stopProcess(service, False)
            except Fault as fault:
                if fault.faultCode not in (Faults.NOT_RUNNING, Faults.BAD_NAME):
                    raise SupervisorError(f"{service} cannot be stopped: {fault.faultString}") from fault
        deadline = time.monotonic() + grace_seconds + KILL_SECONDS
        while (remaining := self._not_stopped(services)) and time.monotonic() < deadline:
            time.sleep(0.1)
        return remaining

    def shutdown(self) -> bool:
        """Stop supervisord, and with it what still runs; whether it has gone."""
        process = psutil.Process(int(self._call().getPID()))
        self._call().shutdown()
        try:
            process.wait(END_SECONDS)
        except psutil.TimeoutExpired:
            return False
        return True

    def _not_stopped(self, services: list[str]) -> list[str]:
        states = self.states()
        return [name for name in services if name in states and states[name].state in ("STOPPING", *ALIVE)]

    def _call(self) -> Any:
        """A connection of its own for each call: the transport is not safe for threads."""
        return ServerProxy("http://127.0.0.1", transport=_Transport(self.socket)).supervisor


class _Connection(UnixStreamHTTPConnection):
    """Gives up on a supervisord that does not answer, such as a stopped one."""

    def __init__(self, socket_file: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._socket_file = socket_file

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._socket_file))


class _Transport(SupervisorTransport):
    def __init__(self, socket_file: Path) -> None:
        super().__init__(serverurl=f"unix://{socket_file}")
        self._get_connection = lambda: _Connection(socket_file)


def _state(info: Mapping[str, Any]) -> ServiceState:
    return ServiceState(info["name"], info["statename"], info["pid"], float(info["start"]), info["spawnerr"])
