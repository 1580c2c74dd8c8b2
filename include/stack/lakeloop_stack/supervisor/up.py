"""Starts the stack: each service as soon as what it needs is ready."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

from lakeloop.config import load_target

from ..jars import Jars
from ..machine.home import Home
from ..machine.ports import check_free
from ..machine.private_files import write_private
from ..machine.processes import end
from ..machine.settings import OF_REALTIME, StackSettings, joined, keep, running_settings
from ..services.airflow_environment import airflow_url
from ..services.credentials import credentials
from ..services.definitions import Service, s3_conf, service_environment, services
from ..services.environment import client_environment
from ..services.preparations import make_bucket, make_manifest, migrate_airflow
from ..services.realtime import realtime_preparations
from .additions import add_missing
from .conf import write_conf
from .lock import changing
from .readiness import StackError, Waiter
from .steps import Report, Step, run_steps
from .supervisord import Supervisor

MakeStep = Callable[[Mapping[str, str]], Step]


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


def up(settings: StackSettings, jars: Jars, report: Report, extra_steps: Sequence[MakeStep] = ()) -> Started:
    """Start what does not run yet, and wait until all of it is ready.

    Args:
        settings: when the stack runs already, those that nobody chose are as it has them.
        report: called with the name of a service or preparation and ``started``, ``done`` or ``failed``; once a minute
            with ``waiting`` for a service that lives and is not ready yet.
        extra_steps: to do while the services start, each made from the environment that clients get.

    Raises:
        PortsTakenError: a port is taken; nothing was started.
        StackError: the stack runs with other settings than the chosen ones; a service ended, or was not ready within
            ``settings.ready_seconds``; the others keep running, so that one can look at them.
        StackBusyError: another command starts, stops or removes this stack just now.
    """
    began, home = time.monotonic(), Home(settings.home)
    home.make()
    with changing(home, "lakeloop up"):
        secrets = credentials(home.root)
        supervisor = Supervisor(home)
        settings = joined(settings) if supervisor.answers() else settings
        stack_services = services(settings, secrets, jars)
        environments = {s.name: service_environment(settings, secrets, s) for s in stack_services}
        already = _ensure_supervisor(settings, supervisor, stack_services, environments)
        client = client_environment(settings, secrets)
        waiter = Waiter(supervisor, settings.ready_seconds, report)
        steps = [_service_step(waiter, service) for service in stack_services]
        steps += _preparations(home, client, environments["airflow-scheduler"])
        steps += [Step(*preparation) for preparation in realtime_preparations(settings, secrets, jars)]
        steps += [make(client) for make in extra_steps]
        steps.append(Step("deploy", lambda _: _deploy(home, client), after=("localbricks",)))
        run_steps(steps, report)
        _warm_up(settings)
    return Started(settings, client, already, time.monotonic() - began)


def _ensure_supervisor(
    settings: StackSettings,
    supervisor: Supervisor,
    stack_services: list[Service],
    environments: Mapping[str, Mapping[str, str]],
) -> bool:
    """Start supervisord unless it runs; True when it ran, with all services alive."""
    if supervisor.answers():
        _refuse_other_settings(settings)
        add_missing(settings, supervisor, stack_services, environments)
        states = supervisor.states()
        return all(states[service.name].alive for service in stack_services)
    if supervisor.lives():
        raise StackError(
            f"supervisord of {settings.home} lives but does not answer; run lakeloop down, then lakeloop up"
        )
    end(settings.home)  # what a killed supervisord left behind would hold the ports
    check_free(settings.ports)
    supervisor_log = supervisor.home.logs / "supervisord.log"
    if supervisor_log.exists():
        supervisor_log.replace(supervisor_log.with_suffix(".log.previous"))
    write_private(supervisor.home.supervisor / "s3proxy.conf", s3_conf(settings, credentials(settings.home)))
    conf = write_conf(supervisor.home, stack_services, environments)
    keep(settings)
    environment = {**environments["s3"], "LAKELOOP_SERVICE": "supervisor"}
    supervisor.start(conf, environment, settings.ready_seconds)
    return False


def _refuse_other_settings(settings: StackSettings) -> None:
    running = running_settings(settings)
    idle = () if running.realtime else ("realtime", *OF_REALTIME)
    for name, value in running.model_dump(exclude=set(idle)).items():
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


def _service_step(waiter: Waiter, service: Service) -> Step:
    def run(abort: threading.Event) -> None:
        waiter.supervisor.start_service(service.name)
        waiter.wait_ready(service, abort)

    return Step(service.name, run, service.after)


def _warm_up(settings: StackSettings) -> None:
    """The first request to the task API imports what every task needs; better now than in the first task."""
    # It only saves the first task some seconds; a busy machine may not answer in time.
    with suppress(httpx.HTTPError):
        httpx.get(f"{airflow_url(settings)}/execution/health", timeout=30, trust_env=False)
