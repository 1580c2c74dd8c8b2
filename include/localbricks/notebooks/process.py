"""The kernel's process. Imports little: what runs the cells is imported while the kernel starts."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

# No startup files, history or profile of the user's own: a run is the same for everyone.
LAUNCH = ["-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
# Tracebacks as Python's own, which the run page, the log and people can read.
LAUNCH += [
    "--IPKernelApp.log_level=40",
    "--InteractiveShell.xmode=Plain",
    "--InteractiveShell.colors=nocolor",
]
# Time for what the notebook registered with atexit, and for a driver of its own to stop.
STOP_SECONDS = 15


class KernelDiedError(Exception):
    """The kernel is gone; the message says how, as far as it is known."""


class _Manager(AsyncKernelManager):
    """Starts this very Python, whatever kernels the user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=[sys.executable, *LAUNCH], display_name="Python 3", language="python")


class KernelProcess:
    """A kernel, reached through Unix sockets in a folder that only this user can open."""

    def __init__(self) -> None:
        # A short path: the name of a Unix socket has at most 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="lb-kernel-"))
        self.manager = _Manager(
            connection_file=str(self._folder / "kernel.json"), transport="ipc", ip=str(self._folder / "s")
        )
        self.manager.shutdown_wait_time = STOP_SECONDS

    async def start(self, cwd: Path) -> None:
        """Start the process in a folder; it needs about a second before it answers."""
        environment = {**os.environ, "IPYTHONDIR": str(self._folder / "ipython"), "PYTHONUNBUFFERED": "1"}
        await self.manager.start_kernel(cwd=str(cwd), env=environment)

    async def stop(self, now: bool = False) -> None:
        """End the process and all it started; ``now`` without asking it."""
        with contextlib.suppress(RuntimeError, ProcessLookupError):
            await self.manager.shutdown_kernel(now=now)
        shutil.rmtree(self._folder, ignore_errors=True)

    def cause(self) -> str:
        """Return how the process ended."""
        process = getattr(self.manager.provisioner, "process", None)
        code = process.poll() if process else None
        if code is None:
            return "nothing more is known"
        if code >= 0:
            return f"exit code {code}"
        hint = ", perhaps because memory ran out" if -code == signal.SIGKILL else ""
        return f"signal {signal.Signals(-code).name}{hint}"
