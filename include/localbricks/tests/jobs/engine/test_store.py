"""Records survive; ids are never used twice; a change is whole or not made."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localbricks.jobs.engine.records import SUCCESS, Job, Run, TaskRun
from localbricks.jobs.engine.store import ADDED, StateInUseError, Store


def run(store: Store, **fields: object) -> Run:
    values = {
        "job_id": 1,
        "run_type": "JOB_RUN",
        "name": "n",
        "number_in_job": 1,
        "definition": {"tasks": []},
    }
    return Run(run_id=store.next_id(), **{**values, **fields})  # type: ignore[arg-type]


def test_records_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.db")
    job = Job(job_id=store.next_id(), settings={"name": "a", "tasks": [{"x": [1, None]}]}, created_time=3)
    task = TaskRun(
        run_id=store.next_id(), job_run_id=9, task_key="t", pid=4, pid_created=5.5, task={"k": "v"}
    )
    first = run(store, parameters={"job_parameters": []}, token="t")
    for record in (job, task, first):
        store.add(record)
    store.close()
    store = Store(tmp_path / "jobs.db")
    assert store.get(Job, job.job_id) == job
    assert store.tasks(9) == [task]
    assert store.run_by_token("t") == first
    assert store.next_id() > first.run_id


def test_one_process_at_a_time_uses_the_database(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.db")
    with pytest.raises(StateInUseError, match=r"jobs\.lock is locked: another workspace process"):
        Store(tmp_path / "jobs.db")
    store.close()
    Store(tmp_path / "jobs.db").close()


def test_ids_are_unique_across_threads(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.db")
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: store.next_id(), range(200)))
    assert len(set(ids)) == 200


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.db")
    first = run(store)
    store.add(first)
    second = run(store)
    with pytest.raises(sqlite3.IntegrityError):
        _add_both(store, second, first)
    assert store.get(Run, second.run_id) is None


def _add_both(store: Store, *runs: Run) -> None:
    with store.transaction():
        for record in runs:
            store.add(record)


def test_active_runs_are_those_that_have_not_ended(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.db")
    states = ["RUNNING", "QUEUED", "TERMINATED", "SKIPPED", "INTERNAL_ERROR", "TERMINATING"]
    runs = {state: run(store, life_cycle=state) for state in states}
    for record in runs.values():
        store.add(record)
    assert [found.life_cycle for found in store.active_runs()] == ["RUNNING", "QUEUED", "TERMINATING"]
    assert store.active_runs(job_id=2) == []
    assert store.end(Run, runs["RUNNING"].run_id, SUCCESS)
    assert [found.life_cycle for found in store.active_runs(1)] == ["QUEUED", "TERMINATING"]


def test_a_database_of_the_first_version_gets_the_columns_it_lacks(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.db")
    first = run(store, life_cycle="TERMINATED", start_time=5)
    store.add(first)
    store.add(TaskRun(run_id=store.next_id(), job_run_id=first.run_id, task_key="a"))
    store.close()
    with sqlite3.connect(tmp_path / "jobs.db") as db:
        for table, columns in ADDED.items():
            for name in columns:
                db.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    store = Store(tmp_path / "jobs.db")
    assert store.get(Run, first.run_id) == first
    assert store.tasks(first.run_id)[0].session_id is None
