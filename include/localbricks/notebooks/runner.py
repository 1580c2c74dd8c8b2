"""Runs the cells of a notebook one after another; its page follows along."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from .cells import Cell
from .outcome import Outcome
from .outputs import exit_value, trace
from .process import KernelDiedError, KernelProcess
from .redaction import Redaction, StreamRedaction
from .report import Report
from .session import KernelSession, start_code
from .text import plain, without_jvm

STOPPED = "The notebook was stopped from outside."


class NotebookRun:
    """One run of one notebook.

    Args:
        folder: run folder.
        task: content of its task.json.
    """

    def __init__(
        self, folder: Path, task: dict[str, Any], cells: Sequence[Cell], redaction: Redaction
    ) -> None:
        own = task["task"]["notebook_task"]
        name, parameters = own["notebook_path"], own.get("base_parameters") or {}
        self._cells = cells
        self._redaction = redaction
        self._notebook = nbformat.v4.new_notebook(cells=[_node(cell) for cell in cells])
        self._report = Report(folder, name, cells, self._notebook, redaction, parameters)
        uses_spark = any(cell.uses_spark for cell in cells)
        self._start_code = start_code(parameters, task["task_key"], uses_spark)
        self._streams = {name: StreamRedaction(redaction) for name in ("stdout", "stderr")}

    async def run(self, kernel: KernelProcess) -> Outcome:
        """Run all cells in a kernel that has been started."""
        session = KernelSession(kernel, self._notebook, self._on_message)
        try:
            return await self._run(session)
        except asyncio.CancelledError:
            self._report.finish("stopped", STOPPED)
            return Outcome(error=STOPPED, error_trace=STOPPED, stopped=True)
        except KernelDiedError as error:
            return self._died(str(error))
        finally:
            session.close()

    async def _run(self, session: KernelSession) -> Outcome:
        self._report.draw()
        await session.open(self._start_code)
        for index, cell in enumerate(self._cells):
            if cell.code is None:
                self._report.progress[index].state = "done"
            elif outcome := await self._run_cell(session, index):
                return outcome
        self._report.finish("done")
        return Outcome()

    async def _run_cell(self, session: KernelSession, index: int) -> Outcome | None:
        """Run a cell; returns how the notebook ended when it ends here."""
        node, progress = self._notebook.cells[index], self._report.progress[index]
        progress.begin()
        self._report.draw()
        reply = await session.run(node, index)
        self._end_streams()
        value = exit_value(node.outputs)
        if value is not None:
            return self._exited(index, value)
        if reply["status"] != "ok":
            return self._failed(index, reply)
        progress.end("done")
        return None

    def _exited(self, index: int, value: str) -> Outcome:
        self._report.progress[index].end("exited")
        self._report.finish("exited")
        return Outcome(result=self._redaction.text(value))

    def _failed(self, index: int, reply: dict[str, Any]) -> Outcome:
        error = self._redaction.text(without_jvm(plain(f"{reply['ename']}: {reply['evalue']}"))).strip()
        text = self._redaction.text(trace(reply["traceback"])) or error
        print(text, file=sys.stderr, flush=True)
        self._report.progress[index].end("failed")
        self._report.finish("failed", f"Cell {index + 1}: {error}")
        return Outcome(error=error, error_trace=text)

    def _died(self, error: str) -> Outcome:
        self._end_streams()
        running = [index for index, item in enumerate(self._report.progress) if item.state == "running"]
        where = f" while it ran cell {running[0] + 1}" if running else ""
        for index in running:
            self._report.progress[index].end("failed")
        print(f"{error}{where}", file=sys.stderr, flush=True)
        self._report.finish("failed", f"{error}{where}")
        source = self._cells[running[0]].shown if running else ""
        return Outcome(error=f"{error}{where}", error_trace=f"{error}{where}\n\n{source}".strip())

    def _on_message(self, message: dict[str, Any]) -> None:
        """Pass on what a cell prints while it prints it."""
        if message["msg_type"] == "stream":
            content = message["content"]
            print(self._streams[content["name"]].feed(content["text"]), end="", flush=True)
        if message["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            self._report.changed()

    def _end_streams(self) -> None:
        for stream in self._streams.values():
            print(stream.rest(), end="", flush=True)


def _node(cell: Cell) -> NotebookNode:
    if cell.code is None:
        return nbformat.v4.new_markdown_cell(cell.shown)
    return nbformat.v4.new_code_cell(cell.code)
