"""``lakeloop status`` on a terminal and as JSON."""

import json
import sys
from datetime import timedelta

from rich.console import Console
from rich.table import Table

from ..jars import Jars, cache_folder, set_name
from ..machine.home import Home
from ..machine.settings import running_settings
from ..services.credentials import credentials
from ..services.definitions import services
from ..supervisor.status import StackStatus, status

STYLES = {"RUNNING": "green", "FATAL": "red", "BACKOFF": "red", "EXITED": "red", "STARTING": "yellow"}


def show(as_json: bool) -> bool:
    """Print the status; True when all services run and are ready."""
    settings = running_settings()
    stack_services = services(settings, credentials(settings.home), Jars(cache_folder() / set_name()))
    stack = status(Home(settings.home), stack_services)
    # A pipe has no width; a line per service must still hold its address.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    if as_json:
        print(json.dumps(stack.as_json(), indent=2))
    elif stack.services:
        console.print(_table(stack))
    else:
        console.print(_not_up(stack))
    return stack.up


def _not_up(stack: StackStatus) -> str:
    if not stack.leftovers:
        return f"The stack in {stack.home} is not up; start it with lakeloop up."
    pids = ", ".join(map(str, stack.leftovers))
    return (
        f"The stack in {stack.home} lost its supervisor; processes {pids} are left. "
        "lakeloop down ends them, lakeloop up starts afresh."
    )


def _table(stack: StackStatus) -> Table:
    table = Table(caption=f"{stack.home}: {stack.pss_mb:.0f} MB in all", caption_justify="left")
    for title in ("service", "state", "pid", "up for", "crashes", "memory", "address"):
        table.add_column(title, justify="right" if title in ("pid", "up for", "memory") else "left")
    for line in stack.services:
        style = STYLES.get(line.state, "") if line.ready or line.state != "RUNNING" else "yellow"
        state = line.state if line.ready or line.state != "RUNNING" else "RUNNING, not ready"
        table.add_row(
            line.name,
            f"[{style}]{state}[/]" if style else state,
            str(line.pid or ""),
            str(timedelta(seconds=line.uptime_seconds)),
            f"{line.crashes} (last: {line.last_crash})" if line.crashes else "0",
            f"{line.pss_mb:.0f} MB",
            line.url or (f"127.0.0.1:{line.port}" if line.port else ""),
        )
    return table
