"""A real supervisord with the real Kafka and the real Redis, and nothing else of the stack."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakeloop_stack.jars.fetch import ensure_jars
from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.ports import free_ports
from lakeloop_stack.machine.processes import end
from lakeloop_stack.machine.redis_server import ensure_redis
from lakeloop_stack.machine.settings import OF_REALTIME, StackSettings
from lakeloop_stack.services.credentials import Credentials, credentials
from lakeloop_stack.services.realtime import (
    realtime_environment,
    realtime_preparations,
    realtime_services,
)
from lakeloop_stack.services.realtime.kafka import kafka_environment
from lakeloop_stack.services.realtime.probes import client_settings
from lakeloop_stack.services.service import Service
from lakeloop_stack.supervisor.conf import write_conf
from lakeloop_stack.supervisor.readiness import Waiter
from lakeloop_stack.supervisor.steps import Step, run_steps
from lakeloop_stack.supervisor.supervisord import Supervisor

REALTIME_PORTS = tuple(name for name in OF_REALTIME if name.endswith("_port"))
SERVERS = ("kafka", "redis")  # no scorers, which need a registry


@dataclass(frozen=True)
class Realtime:
    """Kafka and Redis, up and ready."""

    settings: StackSettings
    secrets: Credentials
    supervisor: Supervisor
    services: tuple[Service, ...]

    @property
    def kafka(self) -> dict[str, Any]:
        """Settings of a Kafka client."""
        return client_settings(kafka_environment(self.settings, self.secrets))

    @property
    def redis_url(self) -> str:
        return realtime_environment(self.settings, self.secrets)["REDIS_URL"]

    def ready(self, name: str) -> bool:
        (service,) = [service for service in self.services if service.name == name]
        state = self.supervisor.state(name)
        return state.state == "RUNNING" and service.probe(state.started)


@contextmanager
def realtime_in(folder: Path, **chosen: Any) -> Iterator[Realtime]:
    """Both with the given settings, in a home with an awkward name below `folder`; ended at the end."""
    home = Home(folder / 'Mein "Häuschen" 100%')
    home.make()
    ports: dict[str, Any] = dict(zip(REALTIME_PORTS, free_ports(len(REALTIME_PORTS)), strict=True))
    try:
        yield _started(StackSettings(home=home.root, realtime=True, **ports, **chosen), home)
    finally:
        end(home.root, grace_seconds=2)


def _started(settings: StackSettings, home: Home) -> Realtime:
    ensure_redis(print)
    jars, secrets, supervisor = ensure_jars(), credentials(home.root), Supervisor(home)
    services = tuple(s for s in realtime_services(settings, secrets, jars) if s.name in SERVERS)
    marks = {"LAKELOOP_STACK": str(home.root), "LC_ALL": "C.UTF-8"}
    environment = {**os.environ, **marks, "LAKELOOP_SERVICE": "supervisor"}
    environments = {s.name: {**environment, **s.environment, "LAKELOOP_SERVICE": s.name} for s in services}
    supervisor.start(write_conf(home, services, environments), environment, patience_seconds=60)
    waiter = Waiter(supervisor, 120, lambda *_: None)
    steps = [Step(*preparation) for preparation in realtime_preparations(settings, secrets, jars)]
    for service in services:
        steps.append(Step(service.name, _starter(waiter, service), service.after))
    run_steps(steps, lambda *_: None)
    return Realtime(settings, secrets, supervisor, services)


def _starter(waiter: Waiter, service: Service) -> Callable[[Any], None]:
    def run(abort: Any) -> None:
        waiter.supervisor.start_service(service.name)
        waiter.wait_ready(service, abort)

    return run
