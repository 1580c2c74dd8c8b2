"""Databricks' magics in IPython: %sql, %sh, %fs, %pip; and how `dbutils.notebook.exit` ends a cell."""

import shlex
import subprocess
import sys
from typing import Any

from . import sql
from .dbutils import EXIT_MIME, DBUtils, NotebookExit
from .display import display
from .pip import satisfied

FS_COMMANDS = ("ls", "head", "rm", "mkdirs", "cp", "mv")


def register(shell: Any, namespace: dict[str, Any], dbutils: DBUtils) -> None:
    """Define the magics in IPython's shell."""

    def run_sql(line: str, cell: str = "") -> None:
        sql.run(f"{line}\n{cell}", namespace, dbutils.widgets, display)

    def run_fs(line: str, cell: str = "") -> None:
        _fs(f"{line}\n{cell}", dbutils)

    def run_pip(line: str, cell: str = "") -> None:
        for text in (line, *cell.splitlines()):
            satisfied(text.strip().removeprefix("%pip").strip())

    for name, function in {"sql": run_sql, "sh": _sh, "fs": run_fs, "pip": run_pip}.items():
        shell.register_magic_function(function, magic_kind="line_cell", magic_name=name)
    shell.set_custom_exc((NotebookExit,), _exit)


def _exit(shell: Any, kind: type, error: NotebookExit, trace: Any, tb_offset: int | None = None) -> list[str]:
    from IPython.display import publish_display_data

    publish_display_data({EXIT_MIME: {"value": error.value}, "text/plain": f"Notebook exited: {error.value}"})
    return []


def _sh(line: str, cell: str = "") -> None:
    """Run a shell script; only with ``-e`` does an exit code other than 0 fail the cell, as on Databricks."""
    fails = line.split()[:1] == ["-e"]
    script = line.removeprefix("-e").strip() + "\n" + cell
    process = subprocess.Popen(
        ["bash", *(["-e"] if fails else []), "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    for text in process.stdout:
        sys.stdout.write(text)
        sys.stdout.flush()
    code = process.wait()
    if code and fails:
        raise RuntimeError(f"%sh -e: the script ended with exit code {code}")
    if code:
        print(f"exit code {code}", file=sys.stderr)


def _fs(text: str, dbutils: DBUtils) -> None:
    for command in filter(None, map(str.strip, text.splitlines())):
        name, *arguments = shlex.split(command)
        if name not in FS_COMMANDS:
            raise ValueError(f"%fs {name}: expected one of {', '.join(FS_COMMANDS)}")
        recurse = {"recurse": True} if arguments[:1] in (["-r"], ["--recurse=true"]) else {}
        result = getattr(dbutils.fs, name)(*arguments[1 if recurse else 0 :], **recurse)
        display(result) if isinstance(result, list) else print(result)
