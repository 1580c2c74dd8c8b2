"""Drives one run: starts tasks when their upstream has ended, retries them, stops them, and ends the run."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ..requests.models import Workflow
from ..requests.tasks import TaskSettings
from . import retries
from .attempt import Attempt, AttemptContext
from .graph import RUN, ancestors, decide
from .outcomes import UPSTREAM_MESSAGES, run_end
from .records import STOPPED, End, Run, TaskRun, internal_error, now
from .store import StoreClosedError, until_closed

logger = logging.getLogger(__name__)
# How long to wait before a state is written again that could not be, for example because the disk is full.
REWRITE_SECONDS = 1.0
Written = TypeVar("Written")


class RunDriver:
    """One per active run. Each task has a thread while it runs; the last one to end ends the run."""

    def __init__(
        self, context: AttemptContext, run: Run, workflow: Workflow, on_end: Callable[["RunDriver"], None]
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
        # A repair goes on with the run, by a driver of its own: from its end on this one does nothing more.
        self._finished = False

    def start(self) -> None:
        """Start what can start, also after a restart of the workspace; returns at once."""
        self._start_timer()
        self._in_thread(partial(self._insist, self.heed), f"run {self.run.run_id}")

    def advance(self) -> None:
        """Start or end every task whose upstream has ended; end the run when all tasks have."""
        with self._lock:
            if self._finished or self._read().ended:
                return
            last = self._last_attempts()
            while waiting := [key for key in self._ready(last) if key not in self._attempts]:
                for key in waiting:
                    self._begin(last, key)
                last = self._last_attempts()
            if all(record.ended for record in last.values()) and not self._attempts:
                self._finish(last)

    def stop(self, reason: str) -> None:
        """Stop the run as ``CANCELED`` or ``TIMEDOUT``, unless it has a reason already; returns at once."""
        self.context.store.ask_to_stop(Run, self.run.run_id, reason)
        self.heed()

    def heed(self) -> None:
        """Do what was asked of the run or of its tasks, which the store knows; returns at once."""
        with self._lock:
            if self._finished:
                return
            reason = self._read().stop
            last = self._last_attempts()
            for key, attempt in self._attempts.items():
                asked = reason or last[key].stop
                if asked:
                    attempt.stop(asked)
        self.advance()

    def give_time(self, seconds: int) -> None:
        """Let the run take so long from its start on, 0 for as long as it likes."""
        with self._lock:
            if self._finished:
                return
            if self._timer:
                self._timer.cancel()
            self.workflow = self.workflow.model_copy(update={"timeout_seconds": seconds})
            self._start_timer()

    def _read(self) -> Run:
        """The run as the store has it now."""
        self.run = self.context.store.get(Run, self.run.run_id) or self.run
        return self.run

    def _last_attempts(self) -> dict[str, TaskRun]:
        records = self.context.store.tasks(self.run.run_id)
        return {record.task_key: record for record in records if record.task_key in self.tasks}

    def _ready(self, last: dict[str, TaskRun]) -> list[str]:
        """Return the keys of tasks that have not ended and need not wait for another one."""
        return [
            key
            for key, record in last.items()
            if not record.ended
            and (
                self.run.stop
                or record.stop
                or all(self._concluded(last, other) for other in self.upstream[key])
            )
        ]

    def _concluded(self, last: dict[str, TaskRun], key: str) -> bool:
        return last[key].ended and key not in self._attempts

    def _begin(self, last: dict[str, TaskRun], key: str) -> None:
        """Start a thread for the task, or end it when it is not to run."""
        record = last[key]
        if record.pid is None:
            stop = self.run.stop or record.stop
            if stop:
                self.context.store.end(TaskRun, record.run_id, STOPPED[stop])
                return
            results = [last[other].result or "FAILED" for other in self.upstream[key]]
            verdict = decide(self.tasks[key].run_if, results)
            if verdict != RUN:
                end = End(verdict, UPSTREAM_MESSAGES[verdict], "SKIPPED")
                self.context.store.end(TaskRun, record.run_id, end)
                return
        self._start_thread(record)

    def _start_thread(self, record: TaskRun) -> None:
        self._attempts[record.task_key] = self._attempt(record)
        work = partial(self._work, record.task_key)
        self._in_thread(work, f"run {self.run.run_id} {record.task_key}")

    def _in_thread(self, body: Callable[[], object], name: str) -> None:
        threading.Thread(target=until_closed(body), name=name, daemon=True).start()

    def _attempt(self, record: TaskRun) -> Attempt:
        if self.run.stop:
            self.context.store.ask_to_stop(TaskRun, record.run_id, self.run.stop)
            record = replace(record, stop=record.stop or self.run.stop)
        return Attempt(self.context, self.run, self.workflow, self.tasks[record.task_key], record)

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
        end = self._executed(attempt) if self._may_begin(attempt) else STOPPED[attempt.reason or "CANCELED"]
        self._insist(lambda: self._record_end(attempt, end))
        return self._attempts[key] is not attempt

    def _may_begin(self, attempt: Attempt) -> bool:
        """Wait for the attempt's earliest start, then let its time begin; False when it was stopped before."""
        if attempt.record.pid is not None:
            return True
        if attempt.stopping.wait(max(attempt.record.not_before - now(), 0) / 1000):
            return False
        return self._insist(attempt.begin)

    def _executed(self, attempt: Attempt) -> End:
        last = self._last_attempts()
        needed = ancestors(attempt.record.task_key, self.upstream)
        try:
            return attempt.execute({key: last[key] for key in needed})
        except StoreClosedError:
            raise
        except Exception as error:
            logger.exception("task run %s", attempt.record.run_id)
            return internal_error(f"The workspace could not run the task: {type(error).__name__}: {error}")

    def _record_end(self, attempt: Attempt, end: End) -> None:
        """Write down how the attempt ended and, in the same change, the attempt that is to follow it."""
        store = self.context.store
        with self._lock, store.transaction():
            ended = store.end(TaskRun, attempt.record.run_id, end, attempt.ended_at)
            before = self._retries(attempt.record)
            if ended and not self._read().stop and retries.wants_retry(attempt.task, end, before):
                self._attempts[attempt.record.task_key] = self._next(attempt, before)

    def _retries(self, record: TaskRun) -> int:
        """How often the task was tried again before this attempt, in this repair of the run."""
        records = self.context.store.tasks(record.job_run_id)
        same = [r for r in records if (r.task_key, r.repair_id) == (record.task_key, record.repair_id)]
        return len(same) - 1

    def _next(self, attempt: Attempt, before: int) -> Attempt:
        failed = attempt.record
        record = TaskRun(
            run_id=self.context.store.next_id(),
            job_run_id=failed.job_run_id,
            task_key=failed.task_key,
            attempt=failed.attempt + 1,
            start_time=now(),
            not_before=retries.not_before(attempt.task, failed, before),
            repair_id=failed.repair_id,
            life_cycle="WAITING_FOR_RETRY",
        )
        self.context.store.add(record)
        return self._attempt(record)

    def _finish(self, last: dict[str, TaskRun]) -> None:
        """End the run, for the reason that was there first: what is asked of it from here on is refused."""
        if self._timer:
            self._timer.cancel()
        with self.context.store.transaction():
            reason = self._read().stop
            end = STOPPED[reason] if reason else run_end(list(last.values()), self.upstream)
            self.context.store.end(Run, self.run.run_id, end)
        self._finished = True
        self.on_end(self)

    def _start_timer(self) -> None:
        """Stop the run when it takes longer than its timeout."""
        seconds = self.workflow.timeout_seconds
        if seconds:
            left = seconds - (now() - (self.run.admitted_time or self.run.start_time)) / 1000
            stop = until_closed(partial(self._insist, partial(self.stop, "TIMEDOUT")))
            self._timer = threading.Timer(max(left, 0), stop)
            self._timer.daemon = True
            self._timer.start()

    def _insist(self, write: Callable[[], Written]) -> Written:
        """Repeat until the state is written: a run that has ended must not look alive for ever."""
        while True:
            try:
                return write()
            except StoreClosedError:
                raise
            except Exception:
                logger.exception("run %s: its state cannot be written; trying again", self.run.run_id)
                threading.Event().wait(REWRITE_SECONDS)


def first_task_runs(run: Run, tasks: Sequence[TaskSettings], next_id: Callable[[], int]) -> list[TaskRun]:
    """Return the first attempt of each task of a new run; the tasks of a skipped run are skipped, too."""
    return [
        TaskRun(
            run_id=next_id(),
            job_run_id=run.run_id,
            task_key=task.task_key,
            start_time=run.admitted_time or run.start_time,
            end_time=run.end_time,
            life_cycle=run.life_cycle if run.ended else first_state(run, task),
            result=run.result,
            message=run.message,
            code=run.code,
            repair_id=run.repair_id,
        )
        for task in tasks
    ]


def first_state(run: Run, task: TaskSettings) -> str:
    """The state in which a task of a run begins."""
    return "BLOCKED" if task.upstream else "QUEUED" if run.life_cycle == "QUEUED" else "PENDING"
