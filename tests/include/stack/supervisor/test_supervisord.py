"""Nothing that supervisord or a service does, or leaves undone, makes a command wait for ever."""

import os
import signal
from dataclasses import replace

import psutil
import pytest

from lakeloop_stack.machine.processes import end, of_stack
from lakeloop_stack.supervisor import supervisord
from lakeloop_stack.supervisor.conf import write_conf
from lakeloop_stack.supervisor.down import stop_all
from lakeloop_stack.supervisor.supervisord import Supervisor
from localbricks_testing.waiting import wait_until
from tests.include.stack.supervisor.conftest import Supervised

IGNORES_SIGTERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
STUBBORN = f"{IGNORES_SIGTERM}; print('up', flush=True); time.sleep(600)"


def pid_of(supervisor: Supervisor, service: str) -> int:
    return next(pid for pid, name in of_stack(supervisor.home.root).items() if name == service)


def test_a_supervisord_that_does_not_answer_is_not_waited_for(
    supervised: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisord, "ANSWER_SECONDS", 0.5)
    supervisor, _ = supervised()
    os.kill(pid_of(supervisor, "supervisor"), signal.SIGSTOP)

    assert not supervisor.answers()
    assert supervisor.lives()


def test_one_that_is_gone_does_not_live(supervised: Supervised) -> None:
    supervisor, _ = supervised()
    process = psutil.Process(pid_of(supervisor, "supervisor"))
    process.kill()
    process.wait(10)

    assert not supervisor.answers()
    assert not supervisor.lives()


def test_a_service_that_cannot_be_stopped_is_named_after_its_time(
    supervised: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own stop_seconds are 60: for the caller it is one that survives even SIGKILL."""
    monkeypatch.setattr(supervisord, "KILL_SECONDS", 0)
    supervisor, service = supervised(STUBBORN)
    supervisor.start_service(service.name)
    log = supervisor.home.logs / "little.log"
    wait_until(lambda: log.exists() and "up" in log.read_text(), "the service")

    assert supervisor.stop_services([service.name], grace_seconds=0.3) == ["little"]


def test_down_ends_what_a_silent_supervisord_left_running(
    supervised: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisord, "ANSWER_SECONDS", 0.5)
    supervisor, service = supervised()
    supervisor.start_service(service.name)
    wait_until(lambda: "little" in of_stack(supervisor.home.root).values(), "the service")
    os.kill(pid_of(supervisor, "supervisor"), signal.SIGSTOP)

    stopped = stop_all(supervisor.home, lambda _: None)

    assert stopped.was_up
    assert stopped.stragglers == 2
    assert of_stack(supervisor.home.root) == {}


def test_services_stop_and_supervisord_ends(supervised: Supervised) -> None:
    supervisor, service = supervised()
    supervisor.start_service(service.name)

    assert supervisor.stop_services([service.name], grace_seconds=60) == []
    assert supervisor.shutdown()
    assert end(supervisor.home.root) == 0


def test_a_service_that_the_conf_gets_later_is_added_and_the_others_go_on(supervised: Supervised) -> None:
    supervisor, little = supervised()
    supervisor.start_service(little.name)
    pid = supervisor.state(little.name).pid
    late = replace(little, name="late")
    marks = {"LAKELOOP_STACK": str(supervisor.home.root), "LC_ALL": "C.UTF-8"}
    environments = {name: {**os.environ, **marks, "LAKELOOP_SERVICE": name} for name in ("little", "late")}
    write_conf(supervisor.home, [little, late], environments)

    supervisor.add_services(["late"])
    supervisor.start_service("late")

    wait_until(lambda: supervisor.state("late").state == "RUNNING", "the added service")
    assert supervisor.state(little.name).pid == pid
    assert supervisor.stop_services(["late", "little", "never there"], grace_seconds=60) == []
