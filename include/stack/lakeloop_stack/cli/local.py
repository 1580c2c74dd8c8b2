"""The running stack as seen by this process: for commands that are clients of it."""

import os
import socket

from lakeloop.config import Target, load_target

from ..machine.processes import of_stack
from ..machine.settings import StackSettings, running_settings
from ..services.credentials import credentials
from ..services.environment import LOCAL, client_environment
from ..supervisor.readiness import StackError


def named_target(name: str | None) -> Target:
    """The target that was named, else $LAKELOOP_TARGET, else the local one."""
    return load_target(name or os.environ.get("LAKELOOP_TARGET") or LOCAL)


def use_the_stack(*prefixes: str) -> None:
    """MLflow, boto3 and Spark of this process use the running stack.

    Args:
        prefixes: of the variables that are taken, ``AWS_``; all of them where none is named.

    Raises StackError when the stack is not up.
    """
    settings = running_settings()
    _require_up(settings)
    variables = client_environment(settings, credentials(settings.home))
    wanted = prefixes or ("",)
    os.environ.update({name: value for name, value in variables.items() if name.startswith(wanted)})


def _require_up(settings: StackSettings) -> None:
    """Said at once: MLflow's client would try for minutes."""
    for name, port in (("MLflow", settings.mlflow_port), ("the workspace", settings.localbricks_port)):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError as error:
            raise StackError(
                f"{name} does not answer on port {port} ({error}): start the stack in {settings.home} with lakeloop up"
            ) from error
    if not of_stack(settings.home):
        raise StackError(
            f"something answers on the ports {settings.mlflow_port} and {settings.localbricks_port}, but it is not the "
            f"stack in {settings.home}, of which no process runs: set LAKELOOP_HOME to the home of the one that runs, "
            "or start this one with lakeloop up on other ports"
        )
