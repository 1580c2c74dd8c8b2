"""``lakeloop setup`` and ``lakeloop up`` on a terminal."""

import threading
import time

from rich.console import Console

from ..authoring.check import problems
from ..jars import Jars
from ..jars.catalog import ready_jars
from ..machine.checks import check_machine
from ..machine.redis_server import ensure_redis
from ..machine.settings import ROOT, read_settings
from ..supervisor.up import MakeStep, Started, up

MARKS = {
    "done": "[green]ready  [/]",
    "failed": "[red]failed [/]",
    "aborted": "[yellow]aborted[/]",
    "waiting": "[yellow]waiting[/]",
}
console = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Print a line as it is; paths in it can be copied."""
    console.print(text, soft_wrap=True)


def set_up() -> Jars:
    """Check the machine and fetch what is missing; one line for each."""
    settings = read_settings()
    for line in check_machine(settings, say):
        say(f"  {line}")
    jars = ready_jars(say)
    say(f"  Jars: {jars.root}")
    return jars


def start(*extra_steps: MakeStep, realtime: bool = False) -> Started:
    """Start the stack and do what else is asked for, with one line for each service that became ready.

    Args:
        realtime: with Kafka and Redis; without it, as the running stack or the environment has it.
    """
    settings = read_settings(**({"realtime": True} if realtime else {}))
    check_machine(settings, say)
    if settings.realtime:
        ensure_redis(say)
    warn_of_mistakes()
    started = up(settings, ready_jars(say), Progress(), extra_steps)
    if started.already:
        console.print("The stack was up already.")
    else:
        console.print(f"The stack is up after {started.seconds:.0f} s.")
    return started


def warn_of_mistakes() -> None:
    """Say what is wrong with sources and use cases, a line for each; those that are right go on without them."""
    for problem in problems(ROOT / "dbt_project"):
        console.print(f"warning: {problem}", style="yellow", markup=False, soft_wrap=True)


class Progress:
    """Prints each service or preparation once it is done, or when one waits for it long, with its time."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str, what: str) -> None:
        with self._lock:
            if what == "started":
                self._began[name] = time.monotonic()
                return
            seconds = time.monotonic() - self._began[name]
            console.print(f"  {name:<22} {MARKS[what]} {seconds:5.1f} s")
