"""What the timeline does to a stack: deployments, rollbacks, and kills as a crash would."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from lakeloop_stack.jars.catalog import ready_jars
from lakeloop_stack.loop.airflow_api import AirflowApi
from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.settings import StackSettings
from lakeloop_stack.services.airflow_environment import airflow_url
from lakeloop_stack.services.credentials import credentials
from lakeloop_stack.services.definitions import services
from lakeloop_stack.services.service import Service
from lakeloop_stack.supervisor.supervisord import ServiceState, Supervisor

READY_SECONDS = 120
DEPLOY_SECONDS = 600


@dataclass(frozen=True)
class Stack:
    """One that is up."""

    settings: StackSettings
    use_case: str

    def kill(self, name: str) -> str:
        """SIGKILL to a service's process and its children; returns when the supervisor has it ready again."""
        service, supervisor = self._service(name), Supervisor(Home(self.settings.home))
        before, began = supervisor.states()[name].pid, time.monotonic()
        process = psutil.Process(before)
        for one in [process, *process.children(recursive=True)]:
            one.kill()
        while not _again(service, supervisor.states()[name], before):
            if time.monotonic() - began > READY_SECONDS:
                raise RuntimeError(f"{name} is not ready {READY_SECONDS} s after it was killed")
            time.sleep(0.1)
        return f"killed, ready again after {time.monotonic() - began:.1f} s"

    def deploy(self, version: str) -> str:
        """The DAG rolls a version out in steps; it waits for the DAG where it is paused, and is triggered else."""
        api, began = AirflowApi(airflow_url(self.settings)), datetime.now(UTC)
        dag = f"{self.use_case}_deploy"
        waits = api.has_queued_events([dag])
        api.unpause([dag])
        if not waits:
            api.trigger(dag, version=version, reason="soak")
        while not (runs := api.runs([dag], began)) or not all(run.done for run in runs):
            if (datetime.now(UTC) - began).total_seconds() > DEPLOY_SECONDS:
                raise RuntimeError(f"{dag} has not ended after {DEPLOY_SECONDS} s: {runs}")
            time.sleep(1)
        return f"version {version}: {runs[-1].state} after {runs[-1].seconds:.0f} s"

    def rollback(self) -> str:
        """By the command line, as a person does it."""
        began = time.monotonic()
        command = [
            sys.executable,
            "-c",
            "from lakeloop_stack.cli import main; main()",
            "rollback",
            self.use_case,
        ]
        done = subprocess.run(
            [*command, "--reason", "soak"],
            env={**os.environ, "LAKELOOP_HOME": str(self.settings.home)},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return f"lakeloop rollback took {time.monotonic() - began:.2f} s: {done.stdout.strip()}"

    def _service(self, name: str) -> Service:
        wanted = services(self.settings, credentials(self.settings.home), ready_jars())
        return next(service for service in wanted if service.name == name)


def _again(service: Service, state: ServiceState, before: int) -> bool:
    return state.state == "RUNNING" and state.pid != before and service.probe(state.started)
