"""Runs the cells one after another and keeps the run folder's files up to date while it does."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from ..runtime.localbricks_redaction import Redaction
from . import html
from .cells import Cell
from .meter import OutputMeter

EXIT_FILE = "notebook_exit.json"
MAX_RESULT = 5 * 1024 * 1024  # bytes of notebook.exit that the API returns
START = "from localbricks_runtime.kernel import start; start(globals()); del start"
# What `dbutils.notebook.run` starts for another notebook.
COMMAND = [sys.executable, "-m", "localbricks.notebooks"]


class _Client(NotebookClient):
    """Passes on what cells print while they print it; a kernel whose cells output too much is killed."""

    redaction: Redaction
    meter: OutputMeter
    killing: "asyncio.Future[None] | None" = None

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        if msg["msg_type"] != "execute_input":
            msg["content"] = self.redaction.any(msg["content"])
        if not self.meter.takes(msg, cell_index):
            self._kill()
            return None
        if msg["msg_type"] == "stream":
            print(msg["content"]["text"], end="", flush=True)
        return super().process_message(msg, cell, cell_index)

    def _kill(self) -> None:
        """An interrupt would not do: code of the cell may catch it and print on."""
        manager: Any = self.km
        self.killing = self.killing or asyncio.ensure_future(manager.signal_kernel(signal.SIGKILL))


class NotebookRun:
    """One run of one notebook in one run folder."""

    def __init__(self, folder: Path, name: str, cells: list[Cell], redaction: Redaction) -> None:
        self._folder, self._name, self._cells, self._redaction = folder, name, cells, redaction
        self._meter = OutputMeter()
        self._notes = ["" for _ in cells]
        self._notebook = nbformat.v4.new_notebook(cells=[_node(cell) for cell in cells])

    def run(self, directory: Path) -> dict[str, Any]:
        """Run all cells; returns what result.json holds, with ``error`` None when all went well."""
        waiting = iter(range(len(self._cells)))
        outcome: dict[str, Any] | None = None
        while outcome is None:
            with self._kernel(directory) as client:
                outcome = self._run_cells(client, waiting)
        self._write()
        return outcome

    @contextmanager
    def _kernel(self, directory: Path) -> Iterator[NotebookClient]:
        """A new kernel, in which `spark` and `dbutils` are made."""
        client = _Client(
            self._notebook,
            timeout=None,
            kernel_name="python3",
            extra_arguments=["--IPKernelApp.log_level=40"],  # it warns about TCP, which stays on loopback
            resources={"metadata": {"path": str(directory)}},
        )
        client.redaction, client.meter = self._redaction, self._meter
        _run_kernel_in(os.environ["LOCALBRICKS_PYTHON"], client)
        with client.setup_kernel(env=_environment()):
            self._start(client)
            yield client

    def _start(self, client: NotebookClient) -> None:
        """The client puts the cell it runs into the notebook, so the others wait aside."""
        start = nbformat.v4.new_code_cell(START)
        cells, self._notebook.cells = self._notebook.cells, [start]
        try:
            client.execute_cell(start, 0, store_history=False)
        finally:
            self._notebook.cells = cells

    def _run_cells(self, client: NotebookClient, waiting: Iterator[int]) -> dict[str, Any] | None:
        """How the notebook ended; None when the cells that wait need a new kernel."""
        for index in waiting:
            if self._cells[index].kind == "markdown":
                continue
            self._notes[index] = "running"
            self._write()
            begin = time.monotonic()
            try:
                client.execute_cell(self._notebook.cells[index], index)
            except CellExecutionError as error:
                return self._too_much(index) or self._stopped(client, error, self._notebook.cells[index])
            except DeadKernelError:
                said = "the kernel died while it ran this cell (killed, or out of memory)"
                return self._too_much(index) or failed(said, self._cells[index].shown)
            finally:
                self._notes[index] = f"{time.monotonic() - begin:.1f} s"
            if too_much := self._too_much(index):
                return too_much
        return _ended(None)

    def _too_much(self, index: int) -> dict[str, Any] | None:
        """How the notebook ended when this cell's output was too large."""
        said = self._meter.exceeded
        return failed(said, self._cells[index].shown) if said else None

    def _stopped(
        self, client: NotebookClient, error: CellExecutionError, node: NotebookNode
    ) -> dict[str, Any] | None:
        if error.ename in ("NotebookExit", "PythonRestart"):
            node.outputs = [o for o in node.outputs if o["output_type"] != "error"]
        if error.ename == "PythonRestart":
            # Killed, so that it cannot close the Spark session that the next one goes on with.
            client.shutdown_kernel = "immediate"
            return None
        if error.ename == "NotebookExit":
            return _ended(self._exit_value())
        trace: list[str] = next((o["traceback"] for o in node.outputs if o["output_type"] == "error"), [])
        return failed(f"{error.ename}: {error.evalue}", html.ANSI.sub("", "\n".join(trace)))

    def _exit_value(self) -> str:
        """What `notebook.exit` left; the file goes, as it may hold a secret."""
        file = self._folder / EXIT_FILE
        value: str = json.loads(file.read_text(encoding="utf-8"))
        file.unlink()
        return self._redaction.text(value)

    def _write(self) -> None:
        cells = zip(self._cells, _outputs(self._notebook), self._notes, strict=True)
        write(self._folder / "notebook.html", html.page(self._name, cells))
        write(self._folder / "notebook.ipynb", nbformat.writes(self._notebook))


def _environment() -> dict[str, str]:
    """The process's own variables, without the folder of this package: a notebook imports its libraries, not ours."""
    own_root, path = Path(__file__).resolve().parents[2], os.environ.get("PYTHONPATH", "")
    others = [entry for entry in path.split(os.pathsep) if entry and Path(entry).resolve() != own_root]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(others),
        "LOCALBRICKS_NOTEBOOK_RUNNER": json.dumps(COMMAND),
        "LOCALBRICKS_NOTEBOOK_RUNNER_PATH": path,
    }


def _run_kernel_in(python: str, client: NotebookClient) -> None:
    """The kernel imports what the task declares; this process, what localbricks needs."""
    manager: Any = client.create_kernel_manager()
    manager.kernel_spec.argv = [python, *manager.kernel_spec.argv[1:]]


def _node(cell: Cell) -> NotebookNode:
    make = nbformat.v4.new_markdown_cell if cell.kind == "markdown" else nbformat.v4.new_code_cell
    return make(cell.source)


def _outputs(notebook: NotebookNode) -> Iterable[list[dict[str, Any]]]:
    return [cell.get("outputs", []) for cell in notebook.cells]


def _ended(value: str | None) -> dict[str, Any]:
    whole = (value or "").encode("utf-8", "replace")
    return {
        "result": value and whole[:MAX_RESULT].decode("utf-8", "ignore"),
        "truncated": len(whole) > MAX_RESULT,
        "error": None,
        "error_trace": None,
    }


def failed(error: str, trace: str) -> dict[str, Any]:
    """What result.json holds of a notebook that failed."""
    return {"result": None, "truncated": False, "error": error, "error_trace": trace}


def write(file: Path, text: str) -> None:
    """Whole or not at all: the page may be read at any moment."""
    draft = file.with_name(f".{file.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
