"""The store is the one writer of states: it makes the steps that the tables have, and no other."""

from pathlib import Path
from typing import Any

import pytest

from localbricks.jobs.engine.records import STOPPED, SUCCESS, End, Run, TaskRun, internal_error
from localbricks.jobs.engine.states import AFTER_RUN, AFTER_TASK_RUN, TERMINAL
from localbricks.jobs.engine.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "jobs.db")


def run(store: Store, life_cycle: str) -> int:
    record = Run(
        run_id=store.next_id(),
        job_id=1,
        run_type="JOB_RUN",
        name="n",
        number_in_job=1,
        definition={},
        life_cycle=life_cycle,
    )
    store.add(record)
    return record.run_id


def task(store: Store, life_cycle: str) -> int:
    record = TaskRun(run_id=store.next_id(), job_run_id=1, task_key="a", life_cycle=life_cycle)
    store.add(record)
    return record.run_id


def both(store: Store, life_cycle: str) -> list[tuple[Any, int]]:
    """A run and a task run in a state, each by its kind and its id."""
    return [(Run, run(store, life_cycle)), (TaskRun, task(store, life_cycle))]


STATES = sorted({*AFTER_RUN, *AFTER_TASK_RUN, *TERMINAL})


@pytest.mark.parametrize("state", STATES)
def test_every_step_that_a_table_does_not_have_is_refused(store: Store, state: str) -> None:
    kinds: list[tuple[Any, ...]] = [(Run, run, AFTER_RUN), (TaskRun, task, AFTER_TASK_RUN)]
    for kind, make, table in kinds:
        for following in STATES:
            key = make(store, state)
            allowed = following in table.get(state, ())
            assert store.move(kind, key, following) == allowed, f"{kind.__name__}: {state} -> {following}"
            record = store.get(kind, key)
            assert record is not None
            assert record.life_cycle == (following if allowed else state)


@pytest.mark.parametrize("end", [SUCCESS, STOPPED["CANCELED"], STOPPED["TIMEDOUT"], internal_error("gone")])
def test_what_has_ended_stays_as_it_ended(store: Store, end: End) -> None:
    for kind, key in both(store, "RUNNING"):
        assert store.end(kind, key, end, at=5)
        before = store.get(kind, key)
        assert not store.end(kind, key, STOPPED["CANCELED"])
        assert not store.ask_to_stop(kind, key, "CANCELED")
        assert not store.move(kind, key, "TERMINATING")
        assert store.get(kind, key) == before


def test_the_first_reason_to_stop_stays(store: Store) -> None:
    for kind, key in both(store, "RUNNING"):
        assert store.ask_to_stop(kind, key, "CANCELED")
        assert not store.ask_to_stop(kind, key, "TIMEDOUT")
        record = store.get(kind, key)
        assert record is not None
        assert (record.stop, record.life_cycle) == ("CANCELED", "TERMINATING")


@pytest.mark.parametrize("state", ["QUEUED", "BLOCKED"])
def test_what_waits_is_asked_to_stop_where_it_is(store: Store, state: str) -> None:
    key = task(store, state)
    assert store.ask_to_stop(TaskRun, key, "CANCELED")
    record = store.get(TaskRun, key)
    assert record is not None
    assert record.life_cycle == state


def test_only_a_repair_leaves_the_end(store: Store) -> None:
    key = run(store, "RUNNING")
    assert not store.repair(key, repair_id=7)
    store.end(Run, key, STOPPED["CANCELED"])
    assert store.repair(key, repair_id=7)
    record = store.get(Run, key)
    assert record is not None
    assert (record.life_cycle, record.result, record.stop, record.end_time) == ("RUNNING", None, None, 0)


@pytest.mark.parametrize("column", ["life_cycle", "result", "message", "code", "stop"])
def test_no_other_call_writes_a_state(store: Store, column: str) -> None:
    with pytest.raises(ValueError, match=rf"\['{column}'\] are changed by move, end and ask_to_stop"):
        store.update(Run, run(store, "RUNNING"), **{column: "x"})
