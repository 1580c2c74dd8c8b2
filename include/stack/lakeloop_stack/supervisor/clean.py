"""Removes a stack's home, and nothing that is not one."""

import shutil
from collections.abc import Callable

from ..machine.home import Home
from ..machine.settings import StackSettings
from .down import stop_all
from .lock import changing

# Made by the first start, before anything else.
SIGN = "secrets.json"


class NotAHomeError(ValueError):
    """The folder was not made by lakeloop."""


def clean(settings: StackSettings, report: Callable[[str], None] = lambda _: None) -> bool:
    """Stop the stack and remove its home; False when there is none. Raises NotAHomeError."""
    home = settings.home
    if not home.exists():
        return False
    if any(home.iterdir()) and not (home / SIGN).exists():
        raise NotAHomeError(f"{home} has no {SIGN}: it was not made by lakeloop, and is left as it is")
    with changing(Home(home), "lakeloop clean"):
        stop_all(Home(home), report)
        shutil.rmtree(home)
    return True
