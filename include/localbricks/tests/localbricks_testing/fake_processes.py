"""Processes of tasks that tests start and end as they like, at the seam where the engine takes real ones."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from localbricks.jobs.process.launch import EXIT_CODE, TaskProcess


class FakeProcess(TaskProcess):
    """Stands for a launcher and its command; ends when a test says so, or when it is stopped, unless it is deaf."""

    def __init__(self, pid: int, folder: Path, session_url: str, deaf: bool) -> None:
        self.pid = pid
        self.deaf = deaf
        self.folder = folder
        self.session_url = session_url
        self.started = False
        self._over = threading.Event()

    @property
    def identity(self) -> tuple[int, float]:
        return self.pid, float(self.pid)

    @property
    def alive(self) -> bool:
        """Whether the command runs."""
        return self.started and not self._over.is_set()

    def go(self) -> None:
        self.started = True

    def abandon(self) -> None:
        self._over.set()

    def wait(self) -> None:
        self._over.wait()

    def stop(self, grace_seconds: float) -> None:
        if not self._over.is_set() and not self.deaf:
            self.finish(-15)

    def finish(self, code: int) -> None:
        """The command ends with this code."""
        (self.folder / EXIT_CODE).write_text(str(code))
        self._over.set()

    def vanish(self) -> None:
        """The launcher is killed: nobody writes down how the command ended."""
        self._over.set()


class FakeProcesses:
    """The machine: it outlives the workspace, as real processes do."""

    def __init__(self) -> None:
        self.all: list[FakeProcess] = []
        self.next_is_deaf = False
        self.kind = self._kind()

    def alive(self) -> list[FakeProcess]:
        """The processes whose command runs."""
        return [process for process in self.all if process.alive]

    def _kind(self) -> type[TaskProcess]:
        machine = self

        class Kind(TaskProcess):
            @classmethod
            def prepare(
                cls, command: Sequence[str], folder: Path, cwd: Path, environment: Mapping[str, str]
            ) -> TaskProcess:
                (folder / EXIT_CODE).unlink(missing_ok=True)
                url = environment["SPARK_REMOTE"]
                process = FakeProcess(len(machine.all), folder, url, machine.next_is_deaf)
                machine.all.append(process)
                return process

            @classmethod
            def find(cls, pid: int, created: float) -> TaskProcess | None:
                process = machine.all[pid]
                return process if process.alive else None

        return Kind
