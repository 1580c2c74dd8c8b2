"""Stops the stack; nothing of it stays behind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..machine.home import Home
from ..machine.processes import end, of_stack
from ..machine.settings import StackSettings
from ..services.service import LONGEST_STOP_SECONDS
from .lock import changing
from .supervisord import Supervisor

# First what decides on events and what starts tasks, then the tasks with the workspace, then what all of them write to.
AIRFLOW = ["airflow-scheduler", "airflow-triggerer", "airflow-dag-processor", "airflow-api-server"]
WAVES = (AIRFLOW, ["localbricks"], ["spark", "mlflow"], ["s3", "kafka", "redis"])


@dataclass(frozen=True)
class Stopped:
    """What ``down`` did.

    Args:
        was_up: whether anything ran.
        stragglers: processes that were left when supervisord had gone, and were ended.
    """

    was_up: bool
    stragglers: int


def down(settings: StackSettings, report: Callable[[str], None] = lambda _: None) -> Stopped:
    """Stop all services, then every process that carries this stack's mark.

    Raises:
        StackBusyError: another command starts, stops or removes this stack just now.
        LeftoverError: a process survived SIGKILL.
    """
    home = Home(settings.home)
    if not home.root.exists():
        return Stopped(False, end(home.root))
    with changing(home, "lakeloop down"):
        return stop_all(home, report)


def stop_all(home: Home, report: Callable[[str], None]) -> Stopped:
    """As :func:`down`, for a caller that holds the lock."""
    was_up = bool(of_stack(home.root))
    supervisor = Supervisor(home)
    if supervisor.answers():
        _stop_in_waves(supervisor, report)
    return Stopped(was_up, end(home.root))


def waves(names: Iterable[str]) -> list[list[str]]:
    """The services in the order in which they stop; those of use cases, whose names nobody knows here, come first."""
    of_use_cases = [name for name in names if name not in {name for wave in WAVES for name in wave}]
    return [wave for wave in (of_use_cases, *WAVES) if wave]


def _stop_in_waves(supervisor: Supervisor, report: Callable[[str], None]) -> None:
    """What supervisord cannot stop in time is ended afterwards, by its mark."""
    for wave in waves(supervisor.states()):
        report(f"Stopping {', '.join(wave)}")
        remaining = supervisor.stop_services(wave, LONGEST_STOP_SECONDS)
        if remaining:
            report(f"{', '.join(remaining)} did not stop in time")
    if not supervisor.shutdown():
        report("supervisord did not end in time")
