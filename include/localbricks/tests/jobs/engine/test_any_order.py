"""Submit, queue, start, cancel, time out, retry, kill, restart, repair and delete, in any order.

The rules are those that Databricks documents for runs: https://docs.databricks.com/api/workspace/jobs. Processes are
fakes that the test ends; the store, the drivers and their threads are real.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from localbricks.api_errors import ApiError
from localbricks.jobs.api.service import JobsService
from localbricks.jobs.engine.attempt import Attempt, AttemptContext
from localbricks.jobs.engine.graph import decide, outcome
from localbricks.jobs.engine.records import Run, State, TaskRun
from localbricks.jobs.engine.store import Store
from localbricks.jobs.process.libraries import Prepared
from localbricks.jobs.process.spark_session import session_url
from localbricks.jobs.requests.models import JobSettings, RepairRun, RunNow, SubmitRun
from localbricks_testing.fake_processes import FakeProcess, FakeProcesses
from localbricks_testing.waiting import wait_until
from localbricks_testing.workspace import workspace_settings

MAX_RETRIES, MAX_CONCURRENT_RUNS = 1, 2
GRAPHS: dict[str, dict[str, list[str]]] = {
    "one": {"a": []},
    "chain": {"a": [], "b": ["a"]},
    "fork": {"a": [], "b": [], "c": ["a", "b"]},
}
WAITING = ("BLOCKED", "QUEUED")


class NoLibraries:
    """Every task finds what it needs."""

    def prepare(self, dependencies: Any, downloads: Path) -> Prepared:
        return Prepared([], Path(sys.executable))

    def forget_unused(self) -> None:
        """There are none."""


class Workspace(RuleBasedStateMachine):
    """A workspace, the machine that its tasks run on, and what was seen of its runs."""

    @initialize(graph=st.sampled_from(sorted(GRAPHS)))
    def start(self, graph: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        (root / "task.py").touch()
        self.settings = workspace_settings(root / "state")
        self.machine = FakeProcesses()
        self.released: Counter[str] = Counter()
        self.ended: dict[int, State] = {}
        self.reasons: dict[int, str] = {}
        self.graph = GRAPHS[graph]
        self.open()
        self.job = self.service.jobs.create(JobSettings.model_validate(self.workflow()))

    def open(self) -> None:
        store = Store(self.settings.state / "jobs.db")
        context = AttemptContext(self.settings, store, NoLibraries(), self.machine.kind, self.end_session)  # type: ignore[arg-type]
        self.service = JobsService(self.settings, context)
        self.service.recover()

    def end_session(self, remote: str, session_id: str, seconds: float) -> None:
        self.released[session_url(remote, session_id)] += 1

    def workflow(self) -> dict[str, Any]:
        python = {"python_file": f"file:{self.folder.name}/task.py"}
        tasks = [
            {
                "task_key": key,
                "spark_python_task": python,
                "depends_on": [{"task_key": other} for other in upstream],
                "max_retries": MAX_RETRIES,
            }
            for key, upstream in self.graph.items()
        ]
        return {"name": "any", "tasks": tasks, "max_concurrent_runs": MAX_CONCURRENT_RUNS}

    # What people and the machine do.

    @rule(deaf=st.booleans())
    def the_next_processes(self, deaf: bool) -> None:
        """A deaf one goes on for a while when it is stopped."""
        self.machine.next_is_deaf = deaf

    @rule()
    def submit(self) -> None:
        body = {"run_name": "any", "tasks": self.workflow()["tasks"]}
        self.service.submit(SubmitRun.model_validate(body))

    @rule(queue=st.booleans())
    def run_now(self, queue: bool) -> None:
        self.service.run_now(RunNow.model_validate({"job_id": self.job, "queue": {"enabled": queue}}))

    @precondition(lambda self: self.machine.alive())
    @rule(data=st.data(), code=st.sampled_from([0, 0, 1]))
    def a_process_ends(self, data: Any, code: int) -> None:
        self.one_alive(data).finish(code)

    @precondition(lambda self: self.machine.alive())
    @rule(data=st.data())
    def a_process_vanishes(self, data: Any) -> None:
        self.one_alive(data).vanish()

    @precondition(lambda self: self.runs())
    @rule(data=st.data())
    def cancel_a_run(self, data: Any) -> None:
        run = data.draw(st.sampled_from(self.runs()))
        self.service.cancel(run.run_id)
        self.note(run, "CANCELED")

    @precondition(lambda self: self.runs())
    @rule(data=st.data())
    def cancel_a_task(self, data: Any) -> None:
        run = data.draw(st.sampled_from(self.runs()))
        self.service.cancel(data.draw(st.sampled_from(self.service.store.tasks(run.run_id))).run_id)

    @precondition(lambda self: self.service._drivers)
    @rule(data=st.data(), cancelled=st.booleans())
    def the_time_of_a_run_is_over(self, data: Any, cancelled: bool) -> None:
        driver = data.draw(st.sampled_from(sorted(self.service._drivers.items())))[1]
        if cancelled:  # a moment before
            self.service.cancel(driver.run.run_id)
            self.note(driver.run, "CANCELED")
        driver.stop("TIMEDOUT")  # as its timer does
        self.note(driver.run, "TIMEDOUT")

    @precondition(lambda self: self.attempts())
    @rule(data=st.data())
    def the_time_of_a_task_is_over(self, data: Any) -> None:
        data.draw(st.sampled_from(self.attempts())).stop("TIMEDOUT")  # as its timer does

    @rule()
    def kill_and_restart(self) -> None:
        self.service.close()
        self.open()

    @precondition(lambda self: self.runs(ended=True))
    @rule(data=st.data())
    def repair(self, data: Any) -> None:
        run = data.draw(st.sampled_from(self.runs(ended=True)))
        body = {"run_id": run.run_id, "rerun_all_failed_tasks": True}
        latest = {"latest_repair_id": run.repair_id} if run.repair_id else {}
        try:
            self.service.repair(RepairRun.model_validate({**body, **latest}))
        except ApiError:
            return  # nothing has failed, the run was skipped, or the job has no slot
        self.reasons.pop(run.run_id, None)
        del self.ended[run.run_id]

    @precondition(lambda self: self.runs())
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        run = data.draw(st.sampled_from(self.runs()))
        if not run.ended:
            with pytest.raises(ApiError, match="has not ended"):
                self.service.delete_run(run.run_id)
            return
        self.service.delete_run(run.run_id)
        with pytest.raises(ApiError, match="does not exist"):
            self.service.get_run(run.run_id)

    # What must hold whatever was done.

    @invariant()
    def the_rules_hold(self) -> None:
        wait_until(self.is_settled, f"rest: {self.runs()}", seconds=20)
        for run in self.runs():
            tasks = self.service.store.tasks(run.run_id)
            self.what_has_ended_stays(run, *tasks)
            self.attempts_are_in_order(run, tasks)
            self.the_run_follows_from_its_tasks(run, tasks)
        self.processes_are_those_of_running_tasks()
        self.the_queue_is_fair()

    def is_settled(self) -> bool:
        """Whether the engine has nothing more to do by itself."""
        active = self.service.store.active_runs()
        driven = {run.run_id for run in active if run.life_cycle != "QUEUED"}
        tasks = [task for run in active for task in self.service.store.tasks(run.run_id) if not task.ended]
        begun = [task for task in tasks if task.life_cycle not in WAITING]
        return (
            driven == set(self.service._drivers)
            and driven == {task.job_run_id for task in begun}
            and all(self.is_at_rest(task) for task in begun)
            and {task.pid for task in begun} == {process.pid for process in self.machine.alive()}
        )

    def is_at_rest(self, task: TaskRun) -> bool:
        """Whether the task runs, or waits for the end of a process that does not hear."""
        if task.life_cycle == "RUNNING":
            return True
        return task.life_cycle == "TERMINATING" and task.pid is not None and self.machine.all[task.pid].deaf

    def what_has_ended_stays(self, *records: Run | TaskRun) -> None:
        for record in records:
            if record.ended:
                assert self.ended.setdefault(record.run_id, record) == record

    def attempts_are_in_order(self, run: Run, tasks: list[TaskRun]) -> None:
        """One attempt at a time, numbered from 0, and no more than the first and its retries, in each repair."""
        for key, upstream in self.graph.items():
            own = [task for task in tasks if task.task_key == key]
            assert [task.attempt for task in own] == list(range(len(own)))
            assert all(task.ended for task in own[:-1])
            assert max(Counter(task.repair_id for task in own).values()) <= 1 + MAX_RETRIES
            if own[-1].life_cycle == "RUNNING":
                before = [[t for t in tasks if t.task_key == other][-1] for other in upstream]
                assert all(task.ended for task in before)
                assert decide("ALL_SUCCESS", [str(task.result) for task in before]) == "RUN"

    def the_run_follows_from_its_tasks(self, run: Run, tasks: list[TaskRun]) -> None:
        last = {task.task_key: str(task.result) for task in tasks}
        if not run.ended:
            assert run.result is None
        elif run.life_cycle == "SKIPPED":
            assert run.result == "MAXIMUM_CONCURRENT_RUNS_REACHED"
        elif run.run_id in self.reasons:
            assert run.result == self.reasons[run.run_id]
        else:
            assert run.result == outcome(last, self.graph)
            assert (run.life_cycle == "INTERNAL_ERROR") == (run.result == "FAILED")
        assert not run.ended or all(task.ended for task in tasks)

    def processes_are_those_of_running_tasks(self) -> None:
        """No process outlives its task, no Spark session its process, and each has a session of its own."""
        urls = [process.session_url for process in self.machine.all if process.started]
        assert len(urls) == len(set(urls))
        for process in self.machine.all:
            assert not process.alive or not self.released[process.session_url]
            assert process.alive or not process.started or self.released[process.session_url]

    def the_queue_is_fair(self) -> None:
        active = self.service.store.active_runs(self.job)
        running = [run for run in active if run.life_cycle != "QUEUED"]
        queued = [run for run in active if run.life_cycle == "QUEUED"]
        assert len(running) <= MAX_CONCURRENT_RUNS
        assert not queued or len(running) == MAX_CONCURRENT_RUNS
        for run in queued:
            assert all(task.life_cycle in WAITING for task in self.service.store.tasks(run.run_id))

    def teardown(self) -> None:
        if not hasattr(self, "service"):
            return
        self.service.cancel_all(None)
        for process in self.machine.alive():
            process.finish(-9)
        wait_until(lambda: not self.service.store.active_runs(), "the end of all runs", seconds=20)
        self.service.close()
        self.folder.cleanup()

    def runs(self, ended: bool | None = None) -> list[Run]:
        found = self.service.store.find(Run, tail="ORDER BY run_id")
        return [run for run in found if ended is None or run.ended == ended]

    def attempts(self) -> list[Attempt]:
        return [
            attempt
            for _, driver in sorted(self.service._drivers.items())
            for attempt in driver._attempts.values()
        ]

    def one_alive(self, data: Any) -> FakeProcess:
        process: FakeProcess = data.draw(st.sampled_from(self.machine.alive()))
        return process

    def note(self, run: Run, reason: str) -> None:
        """The first reason counts, and only before the end."""
        if not run.ended:
            self.reasons.setdefault(run.run_id, reason)


TestAnyOrder = Workspace.TestCase
TestAnyOrder.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
