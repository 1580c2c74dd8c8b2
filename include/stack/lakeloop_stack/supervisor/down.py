"""Stops the stack; nothing of it stays behind."""

from collections.abc import Callable
from dataclasses import dataclass

from ..machine.home import Home
from ..machine.processes import end, of_stack
from ..machine.settings import StackSettings
from .supervisord import Supervisor

# First what starts tasks, then the tasks with the workspace, then what tasks write to.
AIRFLOW = ["airflow-scheduler", "airflow-triggerer", "airflow-dag-processor", "airflow-api-server"]
WAVES = (AIRFLOW, ["localbricks"], ["spark", "mlflow"], ["s3"])


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
    """Stop all services, then every process that carries this stack's mark. Raises LeftoverError."""
    was_up = bool(of_stack(settings.home))
    supervisor = Supervisor(Home(settings.home))
    if supervisor.answers():
        for wave in WAVES:
            report(f"Stopping {', '.join(wave)}")
            supervisor.stop_services(wave)
        supervisor.shutdown()
    return Stopped(was_up, end(settings.home))
