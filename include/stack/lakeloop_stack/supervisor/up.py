"""Starts the stack: each service as soon as what it needs is ready."""

import fcntl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx

from lakeloop.config import load_target

from ..jars import Jars
from ..machine.home import Home
from ..machine.ports import check_free
from ..machine.private_files import write_private
from ..machine.processes import end
from ..machine.settings import StackSettings, keep, running_settings
from ..services.airflow_environment import airflow_url
from ..services.credentials import credentials
from ..services.definitions import Service, s3_conf, service_environment, services
from ..services.environment import client_environment
from ..services.preparations import make_bucket, make_manifest, migrate_airflow
from .conf import log_file, write_conf
from .steps import AbortedError, Step, run_steps
from .supervisord import Supervisor

READY_SECONDS = 300
POLL_SECONDS = 0.3
LOG_TAIL = 25
CRASHES_TOLERATED = 2
Report = Callable[[str, str], None]
MakeStep = Callable[[Mapping[str, str]], Step]


class StackError(RuntimeError):
    """The stack cannot start; the message names the service and shows the end of its log."""


@dataclass(frozen=True)
class Started:
    """What ``up`` did.

    Args:
        environment: what clients need, as ``lakeloop env`` exports it.
        already: whether everything ran before.
    """

    settings: StackSettings
    environment: Mapping[str, str]
    already: bool
    seconds: float


def up(settings: StackSettings, jars: Jars, report: Report, beside: Sequence[MakeStep] = ()) -> Started:
    """Start what does not run yet, and wait until all of it is ready.

    Args:
        report: called with the name of a service or preparation and ``started``, ``done`` or ``failed``.
        beside: steps to do while the services start; each is made from the environment that clients get.

    Raises:
        PortsTakenError: a port is taken; nothing was started.
        StackError: a service did not become ready; the others keep running, so that one can look at them.
    """
    began, home = time.monotonic(), Home(settings.home)
    home.make()
    with _one_at_a_time(home):
        secrets = credentials(home.root)
        supervisor = Supervisor(home)
        wanted = services(settings, secrets, jars)
        environments = {s.name: service_environment(settings, secrets, s) for s in wanted}
        already = _ensure_supervisor(settings, supervisor, wanted, environments)
        client = client_environment(settings, secrets)
        steps = [_service_step(supervisor, service) for service in wanted]
        steps += _preparations(home, client, environments["airflow-scheduler"])
        steps += [make(client) for make in beside]
        steps.append(Step("deploy", lambda _: _deploy(home, client), after=("localbricks",)))
        run_steps(steps, report)
        _warm_up(settings)
    return Started(settings, client, already, time.monotonic() - began)


def _ensure_supervisor(
    settings: StackSettings,
    supervisor: Supervisor,
    wanted: list[Service],
    environments: Mapping[str, Mapping[str, str]],
) -> bool:
    """Start supervisord unless it runs; True when it ran, with all services alive."""
    if supervisor.answers():
        _refuse_other_settings(settings)
        states = supervisor.states()
        return all(states[service.name].alive for service in wanted)
    end(settings.home)  # what a killed supervisord left behind would hold the ports
    check_free(settings.ports)
    supervisor_log = supervisor.home.logs / "supervisord.log"
    if supervisor_log.exists():
        supervisor_log.replace(supervisor_log.with_suffix(".log.previous"))
    write_private(supervisor.home.supervisor / "s3proxy.conf", s3_conf(settings, credentials(settings.home)))
    conf = write_conf(supervisor.home, wanted, environments)
    keep(settings)
    environment = {**environments["s3"], "LAKELOOP_SERVICE": "supervisor"}
    supervisor.start(conf, environment)
    return False


def _refuse_other_settings(settings: StackSettings) -> None:
    running = running_settings(settings)
    for name, value in running.model_dump().items():
        asked = getattr(settings, name)
        if asked != value:
            raise StackError(
                f"The stack in {settings.home} is up with {name}={value}, asked for {asked}; run lakeloop down first"
            )


def _preparations(home: Home, client: Mapping[str, str], airflow: Mapping[str, str]) -> list[Step]:
    bucket = load_target("local").bucket
    return [
        Step("bucket", lambda _: make_bucket(bucket, client), after=("s3",)),
        Step("airflow-db", lambda _: migrate_airflow(home, airflow)),
        Step("dbt-manifest", lambda _: make_manifest(home, airflow)),
    ]


def _deploy(home: Home, client: Mapping[str, str]) -> None:
    from ..delivery.deploy import deploy, local_workspace

    deploy(local_workspace(client), home.build, load_target(client["LAKELOOP_TARGET"]))


def _service_step(supervisor: Supervisor, service: Service) -> Step:
    def run(abort: threading.Event) -> None:
        supervisor.start_service(service.name)
        _wait_ready(supervisor, service, abort)

    return Step(service.name, run, service.after)


def _wait_ready(supervisor: Supervisor, service: Service, abort: threading.Event) -> None:
    deadline, pids = time.monotonic() + READY_SECONDS, set()
    while not abort.wait(POLL_SECONDS):
        state = supervisor.state(service.name)
        pids.add(state.pid)
        if state.state == "RUNNING" and service.probe(state.started):
            return
        if not state.alive:
            raise StackError(_why(supervisor.home, service, f"is {state.state} {state.why}".strip()))
        if len(pids - {0}) > CRASHES_TOLERATED:
            raise StackError(_why(supervisor.home, service, "ends again and again while it starts"))
        if time.monotonic() > deadline:
            raise StackError(_why(supervisor.home, service, f"was not ready after {READY_SECONDS} s"))
    raise AbortedError(service.name)


def _why(home: Home, service: Service, what: str) -> str:
    file = log_file(home, service.name)
    lines = file.read_text(errors="replace").splitlines()[-LOG_TAIL:] if file.exists() else []
    said = "\n".join(f"    {line}" for line in lines)
    return f"{service.name} {what}. The end of {file}:\n{said}"


def _warm_up(settings: StackSettings) -> None:
    """The first request to the task API imports what every task needs; better now than in the first task."""
    # It only saves the first task some seconds; a busy machine may not answer in time.
    with suppress(httpx.HTTPError):
        httpx.get(f"{airflow_url(settings)}/execution/health", timeout=30, trust_env=False)


@contextmanager
def _one_at_a_time(home: Home) -> Iterator[None]:
    with (home.root / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Another lakeloop up is at work in {home.root}; wait for it") from None
        yield
