"""One attempt of one task: set up, launch, wait, and say how it ended."""

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
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
from ..process.spark_session import SparkStillRunsError, end_session, new_session_id, sessions_below
from ..requests.models import Workflow
from ..requests.tasks import TaskSettings
from .records import STOPPED, SUCCESS, End, Run, TaskRun, internal_error, now
from .references import References
from .store import Store, until_closed

logger = logging.getLogger(__name__)
# A commit that cannot be interrupted any more takes seconds; a server that is busy may need longer to answer.
SPARK_SECONDS = 60.0
# How often the log of a running task is looked at.
WATCH_SECONDS = 1.0


@dataclass(frozen=True)
class AttemptContext:
    """What all attempts share.

    Attributes:
        processes: starts and finds the processes of tasks.
        end_session: ends a Spark session, see :func:`end_session`; called with address, id and seconds.
    """

    settings: WorkspaceSettings
    store: Store
    libraries: Libraries
    processes: type[TaskProcess] = TaskProcess
    end_session: Callable[[str, str, float], None] = end_session


class Attempt:
    """Runs in a thread of its own; ``stop`` may be called from any other."""

    def __init__(
        self, context: AttemptContext, run: Run, workflow: Workflow, task: TaskSettings, record: TaskRun
    ) -> None:
        self.context = context
        self.run = run
        self.workflow = workflow
        self.task = task
        self.record = record
        self.stopping = threading.Event()
        if record.stop:
            self.stopping.set()
        self._lock = threading.Lock()
        self._process: TaskProcess | None = None
        self._warning = ""

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.context.settings.runs / str(self.record.run_id)

    @property
    def reason(self) -> str | None:
        """``CANCELED`` or ``TIMEDOUT`` once the attempt is to stop; the first reason."""
        record = self.context.store.get(TaskRun, self.record.run_id)
        return record.stop if record else None

    def execute(self, upstream: dict[str, TaskRun]) -> End:
        """Run the task, or find the process that runs it already, and return how it ended."""
        timer = self._timer()
        try:
            end = self._execute(upstream)
        except SetupError as error:
            end = internal_error(str(error), error.code)
        except OSError as error:
            end = internal_error(f"The task could not be started: {error}")
        finally:
            timer.cancel()
        reason = self.reason
        end = STOPPED[reason] if reason else end
        return replace(end, message=f"{end.message} {self._warning}".strip())

    def stop(self, reason: str) -> None:
        """Ask the attempt to end as ``CANCELED`` or ``TIMEDOUT``, unless it has a reason already; returns at once."""
        self.context.store.ask_to_stop(TaskRun, self.record.run_id, reason)
        with self._lock:
            if self.stopping.is_set():
                return
            self.stopping.set()
            process = self._process
        if process:
            self._stop_in_background(process)

    def begin(self) -> bool:
        """The attempt's time starts now; whether it may begin: not when it was asked to stop."""
        start = now()
        self.record = replace(self.record, life_cycle="PENDING", start_time=start)
        return self.context.store.move(TaskRun, self.record.run_id, "PENDING", start_time=start)

    def _execute(self, upstream: dict[str, TaskRun]) -> End:
        launched = self._launch(upstream) if self.record.pid is None else self._find()
        if launched:
            self._follow(launched)
        self._end_spark_work()
        return self._end()

    def _launch(self, upstream: dict[str, TaskRun]) -> TaskProcess | None:
        """Return the running process, or None when the attempt was stopped before."""
        session_id = None if cluster_of(self.task, self.workflow) else new_session_id()
        line, cwd, environment = self._set_up(upstream, session_id)
        with self._lock:
            if self.stopping.is_set():
                return None
            process = self.context.processes.prepare(line, self.folder, cwd, environment)
            self._process = process
        try:
            recorded = self._record_launch(process, session_id)
        except Exception:
            process.abandon()
            raise
        with self._lock:
            if not recorded or self.stopping.is_set():
                process.abandon()
                return None
            process.go()
        return process

    def _record_launch(self, process: TaskProcess, session_id: str | None) -> bool:
        pid, created = process.identity
        changes: dict[str, Any] = {
            "pid": pid,
            "pid_created": created,
            "launch_time": now(),
            "session_id": session_id,
        }
        self.record = replace(self.record, **changes)
        return self.context.store.move(TaskRun, self.record.run_id, "RUNNING", **changes)

    def _find(self) -> TaskProcess | None:
        """Return the process that an earlier workspace process launched, None when it has ended."""
        assert self.record.pid is not None
        assert self.record.pid_created is not None
        process = self.context.processes.find(self.record.pid, self.record.pid_created)
        with self._lock:
            self._process = process
            stop = self.stopping.is_set()
        if process and stop:
            self._stop_in_background(process)
        return process

    def _follow(self, process: TaskProcess) -> None:
        """Wait for the end of the process, and keep its log within its bounds meanwhile."""
        over = threading.Event()
        threading.Thread(target=self._bound_log, args=[over], daemon=True).start()
        try:
            process.wait()
        finally:
            over.set()

    def _bound_log(self, over: threading.Event) -> None:
        while not over.wait(WATCH_SECONDS):
            output.bound(self.folder)
        output.bound(self.folder)

    def _end_spark_work(self) -> None:
        """End what the task left on the Connect server, before it says that it has ended."""
        if self.record.session_id is None:
            return
        for session_id in (self.record.session_id, *sessions_below(self.folder)):
            try:
                self.context.end_session(self.context.settings.remote, session_id, SPARK_SECONDS)
            except SparkStillRunsError as error:
                logger.exception("task run %s", self.record.run_id)
                self._warning = f"Its work on Spark may go on: {error}."

    def _end(self) -> End:
        code = exit_code(self.folder)
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
        started = started_at(self.context.settings.spark_port)
        restarted = started is not None and started > self.record.launch_time
        return f"{reason}. The Spark server was restarted while the task ran" if restarted else reason

    @property
    def ended_at(self) -> int:
        """When the process ended, in milliseconds since 1970; now when it is not known."""
        return (ended_at(self.folder) if self.record.pid else None) or now()

    def _set_up(
        self, upstream: dict[str, TaskRun], session_id: str | None
    ) -> tuple[list[str], Path, dict[str, str]]:
        settings, values = self.context.settings, self.values
        self.folder.mkdir(parents=True, exist_ok=True)
        values.mkdir(parents=True, exist_ok=True)
        task = self._resolved(upstream)
        self._write_task(task)
        dependencies = dependencies_of(self.task, self.workflow)
        prepared = self.context.libraries.prepare(dependencies, self.folder / "downloads")
        line, cwd = command(task, self.folder, settings.workspace_root, prepared.python)
        cluster = cluster_of(self.task, self.workflow)
        paths = [*prepared.folders, *import_folders(task)]
        environment = task_environment(
            settings, values, cluster, self.folder, paths, prepared.python, session_id
        )
        return line, cwd, environment

    @property
    def values(self) -> Path:
        """Folder of the task values of the run."""
        return self.context.settings.runs / str(self.run.run_id) / "values"

    def _resolved(self, upstream: dict[str, TaskRun]) -> dict[str, Any]:
        """Return the task's settings with the run's parameters, references filled in."""
        job_parameters = {
            entry["name"]: entry["value"] for entry in self.run.parameters.get("job_parameters", [])
        }
        overriding = self.run.parameters.get("overriding_parameters", {})
        references = self._references(upstream)
        references = replace(references, job_parameters=references.fill(job_parameters))
        task = merged(self.task.as_sent(), references.job_parameters, overriding)
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
            url=self.context.settings.url,
            notebook_path=self.task.notebook_task.notebook_path if self.task.notebook_task else None,
        )

    def _write_task(self, task: dict[str, Any]) -> None:
        self.context.store.update(TaskRun, self.record.run_id, task=task)
        self.record = replace(self.record, task=task)
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
        timer = threading.Timer(max(left, 0), until_closed(partial(self.stop, "TIMEDOUT")))
        timer.daemon = True
        if seconds:
            timer.start()
        return timer

    def _stop_in_background(self, process: TaskProcess) -> None:
        grace = self.context.settings.cancel_grace_seconds
        threading.Thread(target=process.stop, args=[grace], daemon=True).start()
