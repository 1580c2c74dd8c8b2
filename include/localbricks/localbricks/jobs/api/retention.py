"""How long runs are kept: 60 days, as on Databricks (https://docs.databricks.com/aws/en/jobs/monitor)."""

import shutil

from ...settings import WorkspaceSettings
from ..engine.records import Run, TaskRun, now
from ..engine.store import Store

KEPT_MILLIS = 60 * 24 * 3600 * 1000


def forget(run: Run, store: Store, settings: WorkspaceSettings) -> None:
    """Remove a run that has ended, with its tasks and their logs."""
    tasks = store.tasks(run.run_id)
    with store.transaction():
        for task in tasks:
            store.delete(TaskRun, task.run_id)
        store.delete(Run, run.run_id)
    for folder in (run.run_id, *(task.run_id for task in tasks)):
        shutil.rmtree(settings.runs / str(folder), ignore_errors=True)


def forget_old_runs(store: Store, settings: WorkspaceSettings, kept_millis: int = KEPT_MILLIS) -> None:
    """Remove the runs that ended longer ago than they are kept."""
    for run in store.ended_before(now() - kept_millis):
        forget(run, store, settings)
