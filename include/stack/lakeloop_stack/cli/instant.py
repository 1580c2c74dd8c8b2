"""The part of a rollback that cannot wait: the endpoint answers with the version before, and the rest follows."""

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import typer

from lakeloop.lifecycle.deployment.instant import NotInstantError, RegisteredModel, switch

from ..machine.home import Home
from ..machine.ports import LOOPBACK
from ..machine.settings import running_settings
from ..services.environment import LOCAL

if TYPE_CHECKING:
    from lakeloop.config import Target, UseCase
    from lakeloop.lifecycle.serving.scorer import Scorer


def switched(use_case: "UseCase", target: "Target", reason: str, to: str | None, who: str) -> bool:
    """Whether the endpoint answers with the version now; False where there is none, or it cannot: go the long way."""
    endpoint = endpoint_of(use_case, target)
    if endpoint is None:
        return False
    begin = time.monotonic()
    registered = RegisteredModel(
        f"http://{LOOPBACK}:{running_settings().mlflow_port}", target.model_name(use_case)
    )
    try:
        note = switch(registered, endpoint, who, reason, to)
    except NotInstantError as error:
        typer.echo(f"the endpoint was not switched at once: {error}. Alias and ledger come first.", err=True)
        return False
    typer.echo(
        f"version {note.to_version} answers in place of {note.from_version}: {note.proof}, after "
        f"{time.monotonic() - begin:.2f} s. Ledger and alias follow; `lakeloop history {use_case.name}` shows them."
    )
    _follow(use_case, target)
    return True


def settle(use_case: "UseCase", target: "Target") -> None:
    """The endpoint follows the alias again; nothing where there is none. One that does not answer is named."""
    from lakeloop.lifecycle.serving.endpoint import EndpointError

    endpoint = endpoint_of(use_case, target)
    if endpoint is None:
        return
    try:
        endpoint.refresh()
        endpoint.follow_champion()
        typer.echo(f"version {endpoint.answering()} answers")
    except EndpointError as error:
        typer.echo(
            f"the endpoint does not follow the alias yet; run `lakeloop repair` again: {error}", err=True
        )


def endpoint_of(use_case: "UseCase", target: "Target") -> "Scorer | None":
    """What decides on the events of a use case on this machine."""
    from lakeloop.config import StreamUseCase
    from lakeloop.lifecycle.serving.scorer import Scorer

    from ..services.realtime.scoring import scorer_url

    if not isinstance(use_case, StreamUseCase) or target.serving is None or target.name != LOCAL:
        return None
    return Scorer(scorer_url(running_settings(), use_case.name), target.model_name(use_case))


def _follow(use_case: "UseCase", target: "Target") -> None:
    """A process that outlives this one; if it is killed, the note is still there for whatever starts next."""
    command = [sys.executable, "-c", "from lakeloop_stack.cli import main; main()"]
    log = Home(running_settings().home).logs / f"{use_case.name}-repair.log"
    with log.open("ab") as said:
        subprocess.Popen(
            [*command, "repair", use_case.name, "--target", target.name],
            stdout=said,
            stderr=said,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
