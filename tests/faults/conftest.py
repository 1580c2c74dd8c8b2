"""The shared stack as something that may be stopped and killed."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from lakeloop_stack.jars.catalog import ready_jars
from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.processes import of_stack
from lakeloop_stack.machine.settings import StackSettings, read_settings, running_settings
from lakeloop_stack.services.credentials import credentials
from lakeloop_stack.services.definitions import services
from lakeloop_stack.supervisor.down import Stopped, down
from lakeloop_stack.supervisor.status import ServiceStatus, StackStatus, status
from lakeloop_stack.supervisor.up import Started, up
from tests.conftest import release_spark


@dataclass(frozen=True)
class Fallible:
    """The stack of this session, with everything that can happen to it."""

    settings: StackSettings

    @property
    def home(self) -> Path:
        return self.settings.home

    def up(self) -> Started:
        return up(self.settings, ready_jars(), lambda *_: None)

    def down(self) -> Stopped:
        return down(self.settings)

    def processes(self) -> dict[int, str]:
        return of_stack(self.home)

    def kill_everything(self) -> None:
        """SIGKILL to all at once, as a crash of the machine would, supervisor included."""
        victims = [psutil.Process(pid) for pid in self.processes() if psutil.pid_exists(pid)]
        for process in victims:
            with suppress(psutil.NoSuchProcess):  # it ended with the one that was killed before it
                process.kill()
        psutil.wait_procs(victims, timeout=30)

    def status(self) -> StackStatus:
        wanted = services(self.settings, credentials(self.home), ready_jars())
        return status(Home(self.home), wanted)

    def service(self, name: str) -> ServiceStatus:
        return next(line for line in self.status().services if line.name == name)


@pytest.fixture(scope="session")
def fallible(stack: dict[str, str]) -> Fallible:
    """The stack that this session started; one that others use is not stopped."""
    if os.environ.get("LAKELOOP_TEST_ENV"):
        pytest.skip("LAKELOOP_TEST_ENV names a stack that others may use; these tests stop and kill it")
    # MLflow's client asks this process's session where models are registered, and its server will be killed.
    release_spark()
    return Fallible(running_settings(read_settings(home=Path(stack["LAKELOOP_HOME"]))))


Wait = Callable[[Callable[[], bool], str], None]


@pytest.fixture(scope="session")
def wait_until() -> Wait:
    """Waits for a condition, for two minutes."""

    def wait(holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 120
        while not holds():
            assert time.monotonic() < deadline, f"not within two minutes: {what}"
            time.sleep(0.2)

    return wait
