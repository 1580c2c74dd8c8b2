"""A real supervisord with one small service."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.processes import end
from lakeloop_stack.services.definitions import Service
from lakeloop_stack.supervisor.conf import write_conf
from lakeloop_stack.supervisor.supervisord import Supervisor

Supervised = Callable[..., tuple[Supervisor, Service]]
SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    """Starts supervisord for a service that runs the given Python code, in a home with an awkward name."""
    home = Home(tmp_path / "Mein Häuschen 100%")
    home.make()

    def start(
        code: str = SLEEP, probe: Callable[[float], bool] = lambda _: True
    ) -> tuple[Supervisor, Service]:
        service = Service("little", (sys.executable, "-c", code), probe, stop_seconds=60)
        marks = {"LAKELOOP_STACK": str(home.root), "LC_ALL": "C.UTF-8"}
        environment = {**os.environ, **marks, "LAKELOOP_SERVICE": "little"}
        conf = write_conf(home, [service], {service.name: environment})
        supervisor = Supervisor(home)
        supervisor.start(conf, {**environment, "LAKELOOP_SERVICE": "supervisor"}, patience_seconds=60)
        return supervisor, service

    yield start
    end(home.root, grace_seconds=2)
