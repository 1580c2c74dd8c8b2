"""Steps run in order, at once where they can, and stop when one fails."""

import threading

import pytest

from lakeloop_stack.supervisor.steps import AbortedError, Step, run_steps


def quiet(_name: str, _what: str) -> None:
    """Nobody watches."""


def test_a_step_runs_after_what_it_needs() -> None:
    order: list[str] = []

    def step(name: str, *after: str) -> Step:
        return Step(name, lambda _: order.append(name), after)

    run_steps([step("c", "b"), step("a"), step("b", "a")], quiet)
    assert order == ["a", "b", "c"]


def test_independent_steps_run_at_once() -> None:
    both = threading.Barrier(2, timeout=10)

    def meet(_abort: threading.Event) -> None:
        both.wait()

    run_steps([Step("a", meet), Step("b", meet)], quiet)


def test_a_failure_is_raised_stops_those_who_wait_and_starts_nothing_more() -> None:
    told: dict[str, str] = {}

    def fails(_abort: threading.Event) -> None:
        raise ValueError("no bucket")

    def waits(abort: threading.Event) -> None:
        assert abort.wait(10)
        raise AbortedError

    def never(_abort: threading.Event) -> None:
        pytest.fail("started after a failure")

    steps = [Step("waits", waits), Step("fails", fails), Step("never", never, ("fails",))]
    with pytest.raises(ValueError, match="no bucket"):
        run_steps(steps, told.__setitem__)
    assert told == {"waits": "aborted", "fails": "failed"}
