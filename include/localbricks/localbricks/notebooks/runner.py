"""Runs the cells one after another and keeps the run folder's files up to date while it does."""

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from . import html
from .redaction import Redaction
from .source import Cell

KERNEL_PACKAGES = Path(__file__).with_name("kernel")
EXIT_FILE = "notebook_exit.json"
MAX_RESULT = 5 * 1024 * 1024  # bytes of notebook.exit that the API returns
START = "from localbricks_kernel import start; start(globals())"


class _Client(NotebookClient):
    """Passes on what cells print while they print it."""

    redaction: Redaction

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        content = msg["content"]
        if msg["msg_type"] == "stream":
            content["text"] = self.redaction.text(content["text"])
            print(content["text"], end="", flush=True)
        elif "data" in content:
            content["data"] = {k: self.redaction.any(v) for k, v in content["data"].items()}
        elif msg["msg_type"] == "error":
            content["evalue"] = self.redaction.text(content["evalue"])
            content["traceback"] = [self.redaction.text(line) for line in content["traceback"]]
        return super().process_message(msg, cell, cell_index)


class NotebookRun:
    """One run of one notebook in one run folder."""

    def __init__(self, folder: Path, name: str, cells: list[Cell], redaction: Redaction) -> None:
        self._folder, self._name, self._cells, self._redaction = folder, name, cells, redaction
        self._notes = ["" for _ in cells]
        self._notebook = nbformat.v4.new_notebook(cells=[_node(cell) for cell in cells])

    def run(self, parameters: dict[str, str], directory: Path) -> dict[str, Any]:
        """Run all cells; returns what result.json holds, with ``error`` None when all went well."""
        client = _Client(
            self._notebook,
            timeout=None,
            kernel_name="python3",
            extra_arguments=["--IPKernelApp.log_level=40"],  # it warns about TCP, which stays on loopback
            resources={"metadata": {"path": str(directory)}},
        )
        client.redaction = self._redaction
        _run_kernel_in(os.environ["LOCALBRICKS_PYTHON"], client)
        with client.setup_kernel(env=self._environment(parameters)):
            self._start(client)
            outcome = self._run_cells(client)
        self._write()
        return outcome

    def _start(self, client: NotebookClient) -> None:
        """Make `spark` and `dbutils`; the client puts the cell it runs into the notebook, so the others wait aside."""
        start = nbformat.v4.new_code_cell(START)
        cells, self._notebook.cells = self._notebook.cells, [start]
        client.execute_cell(start, 0, store_history=False)
        self._notebook.cells = cells

    def _run_cells(self, client: NotebookClient) -> dict[str, Any]:
        for index, cell in enumerate(self._cells):
            if cell.kind == "markdown":
                continue
            self._notes[index] = "running"
            self._write()
            begin = time.monotonic()
            try:
                client.execute_cell(self._notebook.cells[index], index)
            except CellExecutionError as error:
                self._notes[index] = f"{time.monotonic() - begin:.1f} s"
                return self._stopped(error, self._notebook.cells[index])
            except DeadKernelError:
                self._notes[index] = "the kernel died"
                return _failed(
                    "the kernel died while it ran this cell (killed, or out of memory)", cell.shown
                )
            self._notes[index] = f"{time.monotonic() - begin:.1f} s"
        return _ended(None)

    def _stopped(self, error: CellExecutionError, node: NotebookNode) -> dict[str, Any]:
        if error.ename == "NotebookExit":
            node.outputs = [o for o in node.outputs if o["output_type"] != "error"]
            return _ended(json.loads((self._folder / EXIT_FILE).read_text(encoding="utf-8")))
        trace: list[str] = next((o["traceback"] for o in node.outputs if o["output_type"] == "error"), [])
        text = html.ANSI.sub("", "\n".join(trace))
        print(text, flush=True)
        return _failed(f"{error.ename}: {error.evalue}", text)

    def _environment(self, parameters: dict[str, str]) -> dict[str, str]:
        """The child's own variables, without the folder of this package: a notebook imports its libraries, not ours."""
        own_root = Path(__file__).resolve().parents[2]
        paths = [
            p
            for p in os.environ.get("PYTHONPATH", "").split(os.pathsep)
            if p and Path(p).resolve() != own_root
        ]
        return os.environ | {
            "PYTHONPATH": os.pathsep.join([*paths, str(KERNEL_PACKAGES)]),
            "LOCALBRICKS_NOTEBOOK_PARAMETERS": json.dumps(parameters),
            "LOCALBRICKS_NOTEBOOK_EXIT": str(self._folder / EXIT_FILE),
        }

    def _write(self) -> None:
        cells = zip(self._cells, _outputs(self._notebook), self._notes, strict=True)
        write(self._folder / "notebook.html", html.page(self._name, cells))
        write(self._folder / "notebook.ipynb", nbformat.writes(self._notebook))


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
    cut = value is not None and len(value) > MAX_RESULT
    return {
        "result": value[:MAX_RESULT] if value else value,
        "truncated": cut,
        "error": None,
        "error_trace": None,
    }


def _failed(error: str, trace: str) -> dict[str, Any]:
    return {"result": None, "truncated": False, "error": error, "error_trace": trace}


def write(file: Path, text: str) -> None:
    """Whole or not at all: the page may be read at any moment."""
    draft = file.with_name(f".{file.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
