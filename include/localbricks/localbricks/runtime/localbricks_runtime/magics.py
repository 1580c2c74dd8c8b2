"""Magics of a notebook beside IPython's own: `%pip` checks, `%restart_python` restarts, others are refused by name."""

import re
from collections.abc import Callable
from typing import Any

from .dbutils.library import restart_python
from .pip import pip

# Databricks reads these only where a cell begins; IPython would run something else, or nothing.
FIRST = ("fs", "md", "python", "r", "run", "scala", "sh", "sql")
INSTALLERS = ("conda", "mamba", "micromamba", "uv")
_SHELL_PIP = re.compile(r"\s*(?:python[\d.]*\s+-m\s+)?pip[\d.]*\s+(?P<arguments>.*)", re.S)


def register(shell: Any) -> None:
    """Give the shell its magics, and let no shell command call pip."""
    shell.register_magic_function(pip, "line", "pip")
    shell.register_magic_function(lambda line: restart_python(), "line", "restart_python")
    for name in FIRST:
        why = f"%{name} must be the first line of a cell of its own"
        shell.register_magic_function(_refusal(why), "line", name)
    for name in INSTALLERS:
        why = f"%{name} is not supported by the local workspace; declare libraries in the task, or use %pip"
        shell.register_magic_function(_refusal(why), "line", name)
    shell.system, shell.getoutput = _checked(shell.system), _without_pip(shell.getoutput)


def _refusal(why: str) -> Callable[[str], None]:
    def refuse(line: str) -> None:
        raise NotImplementedError(why)

    return refuse


def _checked(system: Callable[..., Any]) -> Callable[..., Any]:
    """`!pip ...` is `%pip ...`."""

    def run(command: str) -> Any:
        match = _SHELL_PIP.match(command)
        return pip(match["arguments"]) if match else system(command)

    return run


def _without_pip(getoutput: Callable[..., Any]) -> Callable[..., Any]:
    def run(command: str, *arguments: Any, **named: Any) -> Any:
        if _SHELL_PIP.match(command):
            raise NotImplementedError(f"!{command}: the local workspace runs no pip; use %pip")
        return getoutput(command, *arguments, **named)

    return run
