"""Cells sent to the kernel, and what comes back."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from .process import KernelDiedError, KernelProcess

PACKAGES = Path(__file__).with_name("kernel")
START_SECONDS = 60


class _Client(NotebookClient):
    """Passes each message on once its cell shows it."""

    on_message: Callable[[dict[str, Any]], None]

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        try:
            return super().process_message(msg, cell, cell_index)
        finally:
            self.on_message(msg)


class KernelSession:
    """Runs the cells of a notebook in a kernel.

    Args:
        notebook: its cells receive their outputs.
        on_message: called with each message of the kernel while a cell runs.
    """

    def __init__(
        self, kernel: KernelProcess, notebook: NotebookNode, on_message: Callable[[dict[str, Any]], None]
    ) -> None:
        self._kernel = kernel
        self._reply: dict[str, Any] = {}
        self._client = _Client(
            notebook, km=kernel.manager, timeout=None, allow_errors=True, on_cell_executed=self._executed
        )
        self._client.on_message = on_message

    async def open(self, code: str) -> None:
        """Wait for the kernel and run code that is no cell in it. Raises KernelDiedError when it does not come up."""
        channel = self._client.kc = self._kernel.manager.client()
        channel.start_channels()
        channel.allow_stdin = False
        try:
            await channel.wait_for_ready(timeout=START_SECONDS)
        except RuntimeError as error:
            raise KernelDiedError(
                f"The notebook's kernel did not start ({self._kernel.cause()}): {error}"
            ) from error
        await self._prepare(code)

    async def run(self, cell: NotebookNode, index: int) -> dict[str, Any]:
        """Run a cell and return the kernel's reply (``status``, and ``ename``, ``evalue``, ``traceback`` on error).

        Raises KernelDiedError, or CancelledError when the run is stopped.
        """
        try:
            await self._client.async_execute_cell(cell, index)
        except DeadKernelError as error:
            task = asyncio.current_task()
            if task and task.cancelling():
                # The client takes any cancellation for a dead kernel.
                raise asyncio.CancelledError from error
            raise KernelDiedError(f"The notebook's Python process ended: {self._kernel.cause()}") from error
        return self._reply

    def close(self) -> None:
        """Close the sockets."""
        if self._client.kc:
            self._client.kc.stop_channels()

    async def _prepare(self, code: str) -> None:
        """Run code; only while it runs, it is a cell of the notebook, because the client asks so."""
        cells = self._client.nb.cells
        cells.append(nbformat.v4.new_code_cell(code))
        reply = await self.run(cells[-1], len(cells) - 1)
        cells.pop()
        if reply["status"] != "ok":
            raise KernelDiedError(
                f"The notebook's kernel could not be prepared: {reply['ename']}: {reply['evalue']}"
            )

    async def _executed(self, execute_reply: dict[str, Any], **_: Any) -> None:
        self._reply = execute_reply["content"]


def start_code(parameters: dict[str, str], task_key: str, uses_spark: bool) -> str:
    """Return the code that puts `spark`, `dbutils` and the others into the notebook's namespace."""
    return (
        f"import sys\nsys.path.insert(0, {str(PACKAGES)!r})\n"
        f"import localbricks_kernel\nsys.path.remove({str(PACKAGES)!r})\n"
        f"localbricks_kernel.start(globals(), {parameters!r}, {task_key!r}, {uses_spark!r})\n"
        "del localbricks_kernel, sys"
    )
