"""One attempt of one task: set up, launch, wait, and say how it ended."""

import json
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...settings import WorkspaceSettings
from ...spark import started_at
from ..process import output
from ..process.commands import command, import_folders, merged
from ..process.compute import cluster_of, dependencies_of, task_environment
from ..process.launch import TaskProcess, ended_at, exit_code
from ..process.libraries import Libraries
from ..process.sources import SetupError
from ..requests.models import Workflow
from ..requests.tasks import TaskSettings
from .records import SUCCESS, End, Run, TaskRun, internal_error, now
from .references import References
from .store import Store

STOPPED = {
    "CANCELED": End("CANCELED", "Run cancelled.", "USER_CANCELED"),
    "TIMEDOUT": End("TIMEDOUT", "The run took longer than its timeout_seconds and was stopped.", "CANCELED"),
}


@dataclass(frozen=True)
class Surroundings:
    """What all attempts share."""

    settings: WorkspaceSettings
    store: Store
    libraries: Libraries


class Attempt:
    """Runs in a thread of its own; ``stop`` may be called from any other."""

    def __init__(
        self, around: Surroundings, run: Run, workflow: Workflow, task: TaskSettings, record: TaskRun
    ) -> None:
        self.around = around
        self.run = run
        self.workflow = workflow
        self.task = task
        self.record = record
        self.stopping = threading.Event()
        self._reason: str | None = record.stop
        self._lock = threading.Lock()
        self._process: TaskProcess | None = None

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.around.settings.runs / str(self.record.run_id)

    def execute(self, upstream: dict[str, TaskRun]) -> End:
        """Run the task, or find the process that runs it already, and return how it ended."""
        timer = self._timer()
        try:
            return self._execute(upstream)
        except SetupError as error:
            return End("FAILED", str(error), error.code)
        except OSError as error:
            return internal_error(f"The task could not be started: {error}")
        finally:
            timer.cancel()

    def stop(self, reason: str) -> None:
        """Ask the attempt to end as ``CANCELED`` or ``TIMEDOUT``; returns at once."""
        with self._lock:
            if self._reason:
                return
            self._reason = reason
            self.stopping.set()
            process = self._process
        if process:
            self._stop_beside(process)
        self._change(stop=reason, life_cycle="TERMINATING")

    def begin(self) -> None:
        """The pause before a retry is over: the attempt's time starts now."""
        self._change(life_cycle="PENDING", start_time=now())

    def _execute(self, upstream: dict[str, TaskRun]) -> End:
        launched = self._launch(upstream) if self.record.pid is None else self._find()
        if launched:
            launched.wait()
        return self._end()

    def _launch(self, upstream: dict[str, TaskRun]) -> TaskProcess | None:
        """Return the running process, or None when the attempt was stopped before."""
        line, cwd, environment = self._set_up(upstream)
        with self._lock:
            if self._reason:
                return None
            process = TaskProcess.prepare(line, self.folder, cwd, environment)
            self._process = process
        try:
            pid, created = process.identity
            self._change(life_cycle="RUNNING", pid=pid, pid_created=created, launch_time=now())
        except Exception:
            process.abandon()
            raise
        with self._lock:
            if self._reason:
                process.abandon()
                return None
            process.go()
        return process

    def _find(self) -> TaskProcess | None:
        """Return the process that an earlier workspace process launched, None when it has ended."""
        assert self.record.pid is not None
        assert self.record.pid_created is not None
        process = TaskProcess.find(self.record.pid, self.record.pid_created)
        with self._lock:
            self._process = process
        if process and self._reason:
            self._stop_beside(process)
        return process

    def _end(self) -> End:
        code = exit_code(self.folder)
        if self._reason:
            return STOPPED[self._reason]
        if code is None:
            return internal_error(
                "The task's process is gone and left no exit code: it was killed from outside."
            )
        return SUCCESS if code == 0 else End("FAILED", self._why(code))

    def _why(self, code: int) -> str:
        """Why the process failed; what its Spark client says of a server that was killed misleads."""
        reason = output.failure(self.folder, code)
        if cluster_of(self.task, self.workflow) is not None:
            return reason
        started = started_at(self.around.settings.spark_port)
        restarted = started is not None and started > self.record.launch_time
        return f"{reason}. The Spark server was restarted while the task ran" if restarted else reason

    @property
    def ended_at(self) -> int:
        """When the process ended, in milliseconds since 1970; now when it is not known."""
        return (ended_at(self.folder) if self.record.pid else None) or now()

    def _set_up(self, upstream: dict[str, TaskRun]) -> tuple[list[str], Path, dict[str, str]]:
        settings, values = self.around.settings, self.values
        self.folder.mkdir(parents=True, exist_ok=True)
        values.mkdir(parents=True, exist_ok=True)
        task = self._resolved(upstream)
        self._write_task(task)
        dependencies = dependencies_of(self.task, self.workflow)
        prepared = self.around.libraries.prepare(dependencies, self.folder / "downloads")
        line, cwd = command(task, self.folder, settings.workspace_root, prepared.python)
        cluster = cluster_of(self.task, self.workflow)
        paths = [*prepared.folders, *import_folders(task)]
        return line, cwd, task_environment(settings, values, cluster, self.folder, paths, prepared.python)

    @property
    def values(self) -> Path:
        """Folder of the task values of the run."""
        return self.around.settings.runs / str(self.run.run_id) / "values"

    def _resolved(self, upstream: dict[str, TaskRun]) -> dict[str, Any]:
        """Return the task's settings with the run's parameters, references filled in."""
        given = {entry["name"]: entry["value"] for entry in self.run.parameters.get("job_parameters", [])}
        overriding = self.run.parameters.get("overriding_parameters", {})
        references = self._references(upstream)
        references = replace(references, job_parameters=references.fill(given))
        task = merged(self.task.given(), references.job_parameters, overriding)
        kind = self.task.type_name
        return {**task, kind: references.fill(task[kind])}

    def _references(self, upstream: dict[str, TaskRun]) -> References:
        """Return what references mean inside job parameters, which cannot refer to each other."""
        return References(
            run=self.run,
            task_run=self.record,
            job_parameters={},
            upstream=upstream,
            values=self.values,
            url=self.around.settings.url,
            notebook_path=self.task.notebook_task.notebook_path if self.task.notebook_task else None,
        )

    def _write_task(self, task: dict[str, Any]) -> None:
        self._change(task=task)
        content = {
            "task_key": self.record.task_key,
            "run_id": self.record.run_id,
            "job_id": self.run.job_id,
            "job_run_id": self.run.run_id,
            "task": task,
        }
        (self.folder / "task.json").write_text(json.dumps(content, indent=1), encoding="utf-8")

    def _timer(self) -> threading.Timer:
        """Return the running timer of ``timeout_seconds``; one that has no timeout never fires."""
        seconds = self.task.timeout_seconds
        left = seconds - (now() - self.record.start_time) / 1000
        timer = threading.Timer(max(left, 0), self.stop, ["TIMEDOUT"])
        timer.daemon = True
        if seconds:
            timer.start()
        return timer

    def _stop_beside(self, process: TaskProcess) -> None:
        grace = self.around.settings.cancel_grace_seconds
        threading.Thread(target=process.stop, args=[grace], daemon=True).start()

    def _change(self, **changes: Any) -> None:
        self.around.store.update(TaskRun, self.record.run_id, **changes)
        self.record = replace(self.record, **changes)
