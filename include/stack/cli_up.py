"""``lakeloop up`` on a terminal."""

import threading
import time

from rich.console import Console

from .jars.fetch import ensure_jars
from .settings import StackSettings, read_settings
from .up import Started, up

MARKS = {"done": "[green]ready  [/]", "failed": "[red]failed [/]", "aborted": "[yellow]aborted[/]"}
console = Console(stderr=True, highlight=False)


def start(settings: StackSettings | None = None, deploy: bool = True) -> Started:
    """Start the stack, with one line for each service that became ready."""
    jars = ensure_jars(console.print)
    started = up(settings or read_settings(), jars, Progress(), deploy)
    if started.already:
        console.print("The stack is already up.")
    else:
        console.print(f"The stack is up after {started.seconds:.0f} s.")
    return started


class Progress:
    """Prints each service or preparation once it is done, with its time."""

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
