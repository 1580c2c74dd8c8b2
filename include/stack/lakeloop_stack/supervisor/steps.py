"""Runs steps that depend on each other, as many at once as the order allows."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter

Report = Callable[[str, str], None]


class AbortedError(RuntimeError):
    """A step stopped waiting because another one has failed."""


@dataclass(frozen=True)
class Step:
    """Something to do once `after` is done.

    `run` gets an event that is set when another step has failed; it then raises AbortedError instead of waiting on.
    """

    name: str
    run: Callable[[threading.Event], object]
    after: tuple[str, ...] = ()


def run_steps(steps: Iterable[Step], report: Report) -> None:
    """Run all steps; the first failure is raised after the steps under way have ended.

    Args:
        report: called with a step's name and ``started``, ``done``, ``failed`` or ``aborted``.
    """
    by_name = {step.name: step for step in steps}
    order = TopologicalSorter({step.name: step.after for step in by_name.values()})
    order.prepare()
    abort = threading.Event()
    running: dict[Future[object], str] = {}
    failures: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=len(by_name)) as pool:
        while running or (order.is_active() and not failures):
            for name in () if failures else order.get_ready():
                report(name, "started")
                running[pool.submit(by_name[name].run, abort)] = name
            try:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt:
                abort.set()
                raise
            for future in done:
                name, error = running.pop(future), future.exception()
                report(name, _outcome(error))
                if error:
                    abort.set()
                    failures.append(error)
                else:
                    order.done(name)
    if failures:
        raise failures[0]


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "done"
    return "aborted" if isinstance(error, AbortedError) else "failed"
