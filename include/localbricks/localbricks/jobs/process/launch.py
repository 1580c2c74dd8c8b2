"""The process of a task: started by a launcher that outlives the workspace, found again, stopped as a whole."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

LAUNCHER = Path(__file__).with_name("launcher.py")
LOG = "output.log"
EXIT_CODE = "exit_code"
# Two readings of one process's start differ by clock resolution; a reused pid started much later.
SAME_START_SECONDS = 1.0
# How often a process that is being stopped is looked at for new children.
LOOK_AGAIN_SECONDS = 0.1


class TaskProcess:
    """A launcher and everything below it."""

    def __init__(self, process: psutil.Process, popen: "subprocess.Popen[bytes] | None" = None) -> None:
        self.process = process
        self.popen = popen

    @classmethod
    def prepare(
        cls, command: Sequence[str], folder: Path, cwd: Path, environment: Mapping[str, str]
    ) -> "TaskProcess":
        """Start the launcher; the command itself waits for ``go``. Its output goes to ``folder/output.log``.

        Raises OSError when the process cannot be started.
        """
        (folder / EXIT_CODE).unlink(missing_ok=True)
        with (folder / LOG).open("ab") as log:
            popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCHER), str(folder), *command],
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(psutil.Process(popen.pid), popen)

    @classmethod
    def find(cls, pid: int, created: float) -> "TaskProcess | None":
        """Return the process that was started earlier, or None when it is gone, also when its pid is in use again."""
        try:
            process = psutil.Process(pid)
            same = abs(process.create_time() - created) < SAME_START_SECONDS
            return cls(process) if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    @property
    def identity(self) -> tuple[int, float]:
        """Pid and creation time, with which ``find`` finds it again."""
        return self.process.pid, self.process.create_time()

    def go(self) -> None:
        """Let the command run."""
        self._answer(b"go\n")

    def abandon(self) -> None:
        """Let the launcher end without having run the command."""
        self._answer(b"")
        self.wait()

    def wait(self) -> None:
        """Block until the launcher has ended."""
        if self.popen:
            self.popen.wait()
        else:
            self.process.wait()

    def stop(self, grace_seconds: float) -> None:
        """End the command and all its descendants: SIGTERM, then SIGKILL, then the launcher itself."""
        if self._ended_after(signal.SIGTERM, grace_seconds):
            return
        _send(self._descendants(), signal.SIGKILL)
        if not self._ended_within(grace_seconds):
            _send([*self._descendants(), self.process], signal.SIGKILL)

    def _ended_after(self, number: signal.Signals, seconds: float) -> bool:
        """Send a signal to each descendant, also to those that are born meanwhile; whether all ended in time."""
        signalled: set[psutil.Process] = set()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            descendants = set(self._descendants())
            _send(descendants - signalled, number)
            signalled |= descendants
            if self._ended_within(LOOK_AGAIN_SECONDS):
                return True
        return False

    def _descendants(self) -> list[psutil.Process]:
        try:
            return self.process.children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _ended_within(self, seconds: float) -> bool:
        _, alive = psutil.wait_procs([self.process], timeout=seconds)
        return not alive

    def _answer(self, line: bytes) -> None:
        assert self.popen is not None, "only the process that started a launcher can release it"
        assert self.popen.stdin is not None
        # A launcher that was killed meanwhile leaves no exit code, which says enough.
        with suppress(BrokenPipeError):
            self.popen.stdin.write(line)
            self.popen.stdin.close()


def exit_code(folder: Path) -> int | None:
    """Return the exit code that the launcher wrote, or None when it could not."""
    try:
        return int((folder / EXIT_CODE).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def ended_at(folder: Path) -> int | None:
    """Return when the exit code was written, in milliseconds since 1970."""
    try:
        return int(os.stat(folder / EXIT_CODE).st_mtime * 1000)
    except FileNotFoundError:
        return None


def _send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
