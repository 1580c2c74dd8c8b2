"""A service is waited for as long as it lives, and what is waited for is said."""

import threading
import time

import pytest

from lakeloop_stack.supervisor.readiness import StackError, Waiter
from lakeloop_stack.supervisor.steps import AbortedError
from localbricks_testing.waiting import wait_until
from tests.include.stack.supervisor.conftest import Supervised


def test_a_service_that_lives_is_waited_for_and_named_meanwhile(supervised: Supervised) -> None:
    said: list[tuple[str, str]] = []
    supervisor, service = supervised(probe=lambda _: len(said) >= 3)  # ready only after three reports
    supervisor.start_service(service.name)
    waiter = Waiter(supervisor, 600, lambda *what: said.append(what), late_seconds=0.1)

    waiter.wait_ready(service, threading.Event())

    assert len(said) >= 3
    assert set(said) == {("little", "waiting")}


def test_the_bound_is_moved_by_a_setting(supervised: Supervised) -> None:
    supervisor, service = supervised(
        "print('still busy', flush=True)\nimport time; time.sleep(600)", lambda _: False
    )
    supervisor.start_service(service.name)
    log = supervisor.home.logs / "little.log"
    wait_until(lambda: log.exists() and log.read_text(), "the service's first line")

    with pytest.raises(StackError, match=r"(?s)little lives, but .*LAKELOOP_READY_SECONDS.*still busy"):
        Waiter(supervisor, 0, lambda *_: None).wait_ready(service, threading.Event())


def test_one_that_ends_again_and_again_is_given_up_at_once(supervised: Supervised) -> None:
    supervisor, service = supervised("raise SystemExit('no such file')", lambda _: False)
    supervisor.start_service(service.name)

    with pytest.raises(StackError, match=r"(?s)little (is FATAL|ends again and again).*no such file"):
        Waiter(supervisor, 600, lambda *_: None).wait_ready(service, threading.Event())


def test_when_another_step_has_failed_it_waits_no_longer(supervised: Supervised) -> None:
    supervisor, service = supervised(probe=lambda _: False)
    supervisor.start_service(service.name)
    abort = threading.Event()
    abort.set()
    began = time.monotonic()

    with pytest.raises(AbortedError):
        Waiter(supervisor, 600, lambda *_: None).wait_ready(service, abort)
    assert time.monotonic() - began < 60
