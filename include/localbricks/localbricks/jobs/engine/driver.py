"""Drives one run: starts tasks when their upstream has ended, retries them, stops them, and ends the run."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from ..requests.models import Workflow
from ..requests.tasks import TaskSettings
from .attempt import STOPPED, Attempt, AttemptContext
from .graph import RUN, ancestors, decide, outcome
from .records import SUCCESS, End, Run, TaskRun, internal_error, now

logger = logging.getLogger(__name__)
# How long to wait before a state is written again that could not be, for example because the disk is full.
REWRITE_SECONDS = 1.0
UPSTREAM_MESSAGES = {
    "EXCLUDED": "The condition of run_if was not met.",
    "UPSTREAM_FAILED": "An upstream task failed.",
    "UPSTREAM_CANCELED": "An upstream task was cancelled.",
}


class RunDriver:
    """One per active run. Each task has a thread while it runs; the last one to end ends the run."""

    def __init__(
        self, context: AttemptContext, run: Run, workflow: Workflow, on_end: Callable[[Run], None]
    ) -> None:
        self.context = context
        self.run = run
        self.on_end = on_end
        self.workflow = workflow
        self.tasks = {task.task_key: task for task in workflow.tasks}
        self.upstream = {key: task.upstream for key, task in self.tasks.items()}
        self._lock = threading.RLock()
        self._attempts: dict[str, Attempt] = {}
        self._timer: threading.Timer | None = None

    def start(self) -> None:
        """Start what can start, also after a restart of the workspace; returns at once."""
        self._start_timer()
        name = f"run {self.run.run_id}"
        threading.Thread(target=self._insist, args=[self.advance], name=name, daemon=True).start()

    def advance(self) -> None:
        """Start or end every task whose upstream has ended; end the run when all tasks have."""
        with self._lock:
            if self.run.ended:
                return
            last = self._last_attempts()
            while waiting := [key for key in self._ready(last) if key not in self._attempts]:
                for key in waiting:
                    self._begin(last, key)
                last = self._last_attempts()
            if all(record.ended for record in last.values()) and not self._attempts:
                self._finish(last)

    def stop(self, reason: str, task_run_id: int | None = None) -> None:
        """Stop one task, or the whole run, as ``CANCELED`` or ``TIMEDOUT``; returns at once."""
        with self._lock:
            if task_run_id is None:
                self._change(stop=reason, life_cycle="TERMINATING")
            concerned = [
                attempt for attempt in self._attempts.values() if task_run_id in (None, attempt.record.run_id)
            ]
            for attempt in concerned:
                attempt.stop(reason)
            if task_run_id is not None and not concerned:
                self._stop_blocked(reason, task_run_id)
        self.advance()

    def _stop_blocked(self, reason: str, task_run_id: int) -> None:
        record = self.context.store.get(TaskRun, task_run_id)
        if record and not record.ended:
            self._end_task(record, STOPPED[reason])

    def _last_attempts(self) -> dict[str, TaskRun]:
        return {record.task_key: record for record in self.context.store.tasks(self.run.run_id)}

    def _ready(self, last: dict[str, TaskRun]) -> list[str]:
        """Return the keys of tasks that have not ended and need not wait for another one."""
        if self.run.stop:
            return [key for key, record in last.items() if not record.ended]
        return [
            key
            for key, record in last.items()
            if not record.ended and all(self._concluded(last, other) for other in self.upstream[key])
        ]

    def _concluded(self, last: dict[str, TaskRun], key: str) -> bool:
        return last[key].ended and key not in self._attempts

    def _begin(self, last: dict[str, TaskRun], key: str) -> None:
        """Start a thread for the task, or end it when it is not to run."""
        record = last[key]
        if record.pid is None:
            results = [last[other].result or "FAILED" for other in self.upstream[key]]
            verdict = decide(self.tasks[key].run_if, results)
            if self.run.stop:
                self._end_task(record, STOPPED[self.run.stop])
                return
            if verdict != RUN:
                self._end_task(record, End(verdict, UPSTREAM_MESSAGES[verdict], "SKIPPED"))
                return
        self._start_thread(record)

    def _start_thread(self, record: TaskRun) -> None:
        if record.life_cycle == "BLOCKED":
            changes: dict[str, Any] = {"life_cycle": "PENDING", "start_time": now()}
            self.context.store.update(TaskRun, record.run_id, **changes)
            record = replace(record, **changes)
        self._attempts[record.task_key] = self._attempt(record)
        name = f"run {self.run.run_id} {record.task_key}"
        threading.Thread(target=self._work, args=[record.task_key], name=name, daemon=True).start()

    def _attempt(self, record: TaskRun) -> Attempt:
        known = replace(record, stop=record.stop or self.run.stop)
        return Attempt(self.context, self.run, self.workflow, self.tasks[record.task_key], known)

    def _work(self, key: str) -> None:
        """Body of a task's thread: attempt after attempt, then on with the run."""
        while self._once(key):
            pass
        with self._lock:
            del self._attempts[key]
        self._insist(self.advance)

    def _once(self, key: str) -> bool:
        """Make one attempt; True when another one is to follow."""
        attempt = self._attempts[key]
        if self._interrupted_pause(attempt):
            end = STOPPED[attempt.record.stop or "CANCELED"]
        else:
            end = self._executed(attempt)
        again = self._wants_retry(attempt, end)
        self._insist(lambda: self._record_end(attempt, end, again))
        return again

    def _executed(self, attempt: Attempt) -> End:
        last = self._last_attempts()
        needed = ancestors(attempt.record.task_key, self.upstream)
        try:
            return attempt.execute({key: last[key] for key in needed})
        except Exception as error:
            logger.exception("task run %s", attempt.record.run_id)
            return internal_error(f"The workspace could not run the task: {type(error).__name__}: {error}")

    def _interrupted_pause(self, attempt: Attempt) -> bool:
        """Wait out the pause before a retry; True when the task was stopped meanwhile."""
        if attempt.record.life_cycle != "WAITING_FOR_RETRY":
            return False
        pause = self.tasks[attempt.record.task_key].min_retry_interval_millis / 1000
        if attempt.stopping.wait(pause):
            return True
        self._insist(attempt.begin)
        return False

    def _wants_retry(self, attempt: Attempt, end: End) -> bool:
        task = self.tasks[attempt.record.task_key]
        if end == SUCCESS or end.result == "CANCELED" or self.run.stop:
            return False
        if end.result == "TIMEDOUT" and not task.retry_on_timeout:
            return False
        return task.max_retries < 0 or attempt.record.attempt < task.max_retries

    def _record_end(self, attempt: Attempt, end: End, again: bool) -> None:
        """Write down how the attempt ended and, in the same change, the attempt that follows it."""
        with self._lock, self.context.store.transaction():
            self._end_task(attempt.record, end, attempt.ended_at)
            if again:
                self._attempts[attempt.record.task_key] = self._next(attempt)

    def _next(self, attempt: Attempt) -> Attempt:
        before = attempt.record
        record = TaskRun(
            run_id=self.context.store.next_id(),
            job_run_id=before.job_run_id,
            task_key=before.task_key,
            attempt=before.attempt + 1,
            start_time=now(),
            life_cycle="WAITING_FOR_RETRY",
        )
        self.context.store.add(record)
        return self._attempt(record)

    def _end_task(self, record: TaskRun, end: End, at: int | None = None) -> None:
        self.context.store.update(TaskRun, record.run_id, end_time=at or now(), **end.columns())

    def _finish(self, last: dict[str, TaskRun]) -> None:
        if self._timer:
            self._timer.cancel()
        end = STOPPED[self.run.stop] if self.run.stop else self._outcome(last)
        self._change(end_time=now(), **end.columns())
        self.on_end(self.run)

    def _outcome(self, last: dict[str, TaskRun]) -> End:
        """Return how the run ended, naming the first task that failed."""
        result = outcome({key: record.result or "FAILED" for key, record in last.items()}, self.upstream)
        if result == "SUCCESS":
            return SUCCESS
        for record in last.values():
            if record.result in ("FAILED", "TIMEDOUT", "CANCELED"):
                message = f"Task {record.task_key} failed with message: {record.message}"
                inner = record.life_cycle if result == "FAILED" else "TERMINATED"
                code = "SUCCESS_WITH_FAILURES" if result == "SUCCESS_WITH_FAILURES" else record.code
                return End(result, message, code or "RUN_EXECUTION_ERROR", inner)
        return End(result, "", "RUN_EXECUTION_ERROR")

    def _start_timer(self) -> None:
        """Stop the run when it takes longer than its timeout."""
        seconds = self.workflow.timeout_seconds
        if seconds:
            left = seconds - (now() - self.run.start_time) / 1000
            stop = partial(self._insist, partial(self.stop, "TIMEDOUT"))
            self._timer = threading.Timer(max(left, 0), stop)
            self._timer.daemon = True
            self._timer.start()

    def _change(self, **changes: Any) -> None:
        self.context.store.update(Run, self.run.run_id, **changes)
        self.run = replace(self.run, **changes)

    def _insist(self, write: Callable[[], None]) -> None:
        """Repeat until the state is written: a run that has ended must not look alive for ever."""
        while True:
            try:
                write()
                return
            except Exception:
                if self.context.store.closed:
                    return  # The workspace stops; the next one finds the run as it was.
                logger.exception("run %s: its state cannot be written; trying again", self.run.run_id)
                threading.Event().wait(REWRITE_SECONDS)


def first_task_runs(run: Run, tasks: list[TaskSettings], next_id: Callable[[], int]) -> list[TaskRun]:
    """Return the first attempt of each task of a new run; the tasks of a skipped run are skipped, too."""
    return [
        TaskRun(
            run_id=next_id(),
            job_run_id=run.run_id,
            task_key=task.task_key,
            start_time=run.start_time,
            end_time=run.end_time,
            life_cycle=run.life_cycle if run.ended else "BLOCKED" if task.upstream else "PENDING",
            result=run.result,
            message=run.message,
            code=run.code,
        )
        for task in tasks
    ]
