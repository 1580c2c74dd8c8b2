"""Runs are kept for 60 days after their end, with their logs, and no longer."""

from pathlib import Path

from localbricks.jobs.api.retention import KEPT_MILLIS
from localbricks.jobs.engine.records import Run, TaskRun, now
from localbricks_testing.waiting import wait_until
from localbricks_testing.workspace import Workspace


def ended(workspace: Workspace, ago: int, life_cycle: str = "TERMINATED") -> Path:
    """A run whose end, or start when it goes on, is that many milliseconds ago; returns the folder of its task."""
    store = workspace.service.store
    at = now() - ago
    run = Run(
        run_id=store.next_id(),
        job_id=1,
        run_type="JOB_RUN",
        name="n",
        number_in_job=1,
        definition={"tasks": []},
        start_time=at,
        end_time=at if life_cycle == "TERMINATED" else 0,
        life_cycle=life_cycle,
    )
    task = TaskRun(run_id=store.next_id(), job_run_id=run.run_id, task_key="a", life_cycle="TERMINATED")
    store.add(run)
    store.add(task)
    folder = workspace.settings.runs / str(task.run_id)
    folder.mkdir(parents=True)
    return folder


def test_old_runs_go_when_the_workspace_starts(workspace: Workspace) -> None:
    old, young = ended(workspace, KEPT_MILLIS + 1000), ended(workspace, KEPT_MILLIS - 60_000)
    workspace.service.recover()
    assert not old.exists()
    assert young.exists()
    assert len(workspace.service.store.find(Run)) == len(workspace.service.store.find(TaskRun)) == 1


def test_old_runs_go_when_another_run_ends(workspace: Workspace) -> None:
    old = ended(workspace, KEPT_MILLIS + 1000)
    workspace.run(workspace.task("a"))
    wait_until(lambda: not old.exists(), "the end of the old run")


def test_a_run_that_goes_on_is_kept_however_old(workspace: Workspace) -> None:
    folder = ended(workspace, 2 * KEPT_MILLIS, "RUNNING")
    workspace.service.recover()
    assert folder.exists()
