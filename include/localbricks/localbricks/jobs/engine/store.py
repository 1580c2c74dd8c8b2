"""Jobs and runs in SQLite: a restart of the workspace loses none."""

import fcntl
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, TypeVar

from .records import End, Job, Run, TaskRun, columns, now
from .states import AFTER_RUN, AFTER_TASK_RUN, TERMINAL, before

SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (next INTEGER NOT NULL);
INSERT INTO counter SELECT 1000 WHERE NOT EXISTS (SELECT 1 FROM counter);
CREATE TABLE IF NOT EXISTS jobs (
  job_id INTEGER PRIMARY KEY, settings TEXT NOT NULL, created_time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
  run_id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL, run_type TEXT NOT NULL, name TEXT NOT NULL,
  number_in_job INTEGER NOT NULL, definition TEXT NOT NULL, parameters TEXT NOT NULL, token TEXT UNIQUE,
  start_time INTEGER NOT NULL, admitted_time INTEGER NOT NULL DEFAULT 0, end_time INTEGER NOT NULL, stop TEXT,
  repair_id INTEGER NOT NULL DEFAULT 0, history TEXT NOT NULL DEFAULT '[]',
  life_cycle TEXT NOT NULL, result TEXT, message TEXT NOT NULL, code TEXT);
CREATE INDEX IF NOT EXISTS runs_of_job ON runs (job_id);
CREATE INDEX IF NOT EXISTS runs_by_state ON runs (life_cycle);
CREATE TABLE IF NOT EXISTS task_runs (
  run_id INTEGER PRIMARY KEY, job_run_id INTEGER NOT NULL, task_key TEXT NOT NULL, attempt INTEGER NOT NULL,
  start_time INTEGER NOT NULL, launch_time INTEGER NOT NULL, end_time INTEGER NOT NULL,
  pid INTEGER, pid_created REAL, task TEXT NOT NULL, stop TEXT,
  not_before INTEGER NOT NULL DEFAULT 0, session_id TEXT, repair_id INTEGER NOT NULL DEFAULT 0,
  life_cycle TEXT NOT NULL, result TEXT, message TEXT NOT NULL, code TEXT);
CREATE INDEX IF NOT EXISTS tasks_of_run ON task_runs (job_run_id);
"""
# Columns that the first version of the schema did not have: a database of that version gets them when it is opened.
ADDED = {
    "runs": {
        "admitted_time": "INTEGER NOT NULL DEFAULT 0",
        "repair_id": "INTEGER NOT NULL DEFAULT 0",
        "history": "TEXT NOT NULL DEFAULT '[]'",
    },
    "task_runs": {
        "not_before": "INTEGER NOT NULL DEFAULT 0",
        "session_id": "TEXT",
        "repair_id": "INTEGER NOT NULL DEFAULT 0",
    },
}
TABLES: dict[type, str] = {Job: "jobs", Run: "runs", TaskRun: "task_runs"}
AFTER = {Run: AFTER_RUN, TaskRun: AFTER_TASK_RUN}
JSON_COLUMNS = ("settings", "definition", "parameters", "task", "history")
STATE_COLUMNS = frozenset({"life_cycle", "result", "message", "code", "stop"})
"""Columns that only :meth:`Store.move`, ``end``, ``ask_to_stop`` and ``repair`` write."""
ENDED = f"life_cycle IN ({', '.join(repr(state) for state in sorted(TERMINAL))})"
"""The SQL condition that :attr:`State.ended` is."""
T = TypeVar("T", Job, Run, TaskRun)


class StateInUseError(RuntimeError):
    """Another process uses the database; the message names the file."""


class StoreClosedError(RuntimeError):
    """The workspace stops; the next one finds everything as it was written last."""


class Store:
    """The database, for one process at a time: two would start every task twice.

    Methods may be called from any thread; ``transaction`` makes several calls one change.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._guard = _exclusive(path.with_suffix(".lock"))
        self._lock = threading.RLock()
        self._depth = 0
        self.closed = False
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA busy_timeout=10000")
        self._db.executescript(SCHEMA)
        self._add_columns()

    def close(self) -> None:
        """Close the database; every committed change is in it."""
        with self._lock:
            self.closed = True
            self._db.close()
            self._guard.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside become visible together, or none of them."""
        with self._lock:
            if self.closed:
                raise StoreClosedError
            if self._depth:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def next_id(self) -> int:
        """Return an id that no job, run or task run has."""
        with self.transaction():
            return int(self._query("UPDATE counter SET next = next + 1 RETURNING next")[0][0])

    def add(self, record: Job | Run | TaskRun) -> None:
        """Insert a record."""
        values = _encoded(asdict(record))
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        with self.transaction():
            self._db.execute(
                f"INSERT INTO {TABLES[type(record)]} ({names}) VALUES ({marks})", list(values.values())
            )

    def update(self, record: type, key: int, **changes: Any) -> None:
        """Change columns of the record with this id, none of its state. Raises ValueError for one of those."""
        if STATE_COLUMNS & changes.keys():
            raise ValueError(
                f"{sorted(STATE_COLUMNS & changes.keys())} are changed by move, end and ask_to_stop"
            )
        self._change(record, key, changes, "1", [])

    def move(self, record: type[Run] | type[TaskRun], key: int, to: str, **changes: Any) -> bool:
        """Change the state, and other columns with it, if the tables of states have that step; whether it did."""
        return self._change(record, key, {**changes, "life_cycle": to}, *_one_of(before(AFTER[record], to)))

    def end(self, record: type[Run] | type[TaskRun], key: int, end: End, at: int | None = None) -> bool:
        """Write down how a run or a task run ended; whether it did, as what has ended already stays as it is.

        Args:
            at: when, in milliseconds since 1970; now by default.
        """
        return self.move(record, key, to=end.life_cycle, end_time=at or now(), **end.outcome())

    def ask_to_stop(self, record: type[Run] | type[TaskRun], key: int, reason: str) -> bool:
        """Note why a run or a task run is to stop; whether it did: not after the end, nor after another reason."""
        with self.transaction():
            asked = self._change(record, key, {"stop": reason}, f"stop IS NULL AND NOT {ENDED}", [])
            if asked:
                self.move(record, key, "TERMINATING")
            return asked

    def repair(self, key: int, **changes: Any) -> bool:
        """Start a run that has ended anew, the one way out of a terminal state; whether it had ended."""
        fresh = {
            "life_cycle": "RUNNING",
            "result": None,
            "message": "",
            "code": None,
            "stop": None,
            "end_time": 0,
        }
        return self._change(Run, key, {**changes, **fresh}, ENDED, [])

    def _change(
        self, record: type, key: int, changes: dict[str, Any], condition: str, values: Sequence[Any]
    ) -> bool:
        encoded = _encoded(changes)
        setters = ", ".join(f"{name} = ?" for name in encoded)
        statement = f"UPDATE {TABLES[record]} SET {setters} WHERE {_key(record)} = ? AND {condition}"
        with self.transaction():
            return self._db.execute(statement, [*encoded.values(), key, *values]).rowcount > 0

    def delete(self, record: type, key: int) -> None:
        """Remove the record with this id."""
        with self.transaction():
            self._db.execute(f"DELETE FROM {TABLES[record]} WHERE {_key(record)} = ?", [key])

    def get(self, record: type[T], key: int) -> T | None:
        """Return the record with this id."""
        records = self.find(record, f"{_key(record)} = ?", [key])
        return records[0] if records else None

    def find(self, record: type[T], where: str = "1", values: Sequence[Any] = (), tail: str = "") -> list[T]:
        """Return the records that match a condition; ``tail`` orders and limits."""
        statement = f"SELECT {', '.join(columns(record))} FROM {TABLES[record]} WHERE {where} {tail}"
        return [record(**_decoded(row)) for row in self._query(statement, values)]

    def tasks(self, job_run_id: int) -> list[TaskRun]:
        """Return all attempts of a run, in the order in which they were made."""
        return self.find(TaskRun, "job_run_id = ?", [job_run_id], "ORDER BY run_id")

    def ended_before(self, time: int) -> list[Run]:
        """The runs that ended before a time, in milliseconds since 1970."""
        return self.find(Run, f"{ENDED} AND end_time < ?", [time])

    def active_task_runs(self) -> int:
        """How many task runs have not ended."""
        return int(self._query(f"SELECT count(*) FROM task_runs WHERE NOT {ENDED}")[0][0])

    def active_runs(self, job_id: int | None = None) -> list[Run]:
        """Return the runs that have not ended, oldest first."""
        where = f"NOT {ENDED}" + ("" if job_id is None else " AND job_id = ?")
        return self.find(Run, where, [] if job_id is None else [job_id], "ORDER BY run_id")

    def run_by_token(self, token: str) -> Run | None:
        """Return the run that was started with an idempotency token."""
        runs = self.find(Run, "token = ?", [token])
        return runs[0] if runs else None

    def next_number(self, job_id: int) -> int:
        """Return the number of the job's next run, from 1."""
        rows = self._query("SELECT coalesce(max(number_in_job), 0) + 1 FROM runs WHERE job_id = ?", [job_id])
        return int(rows[0][0])

    def _add_columns(self) -> None:
        for table, added in ADDED.items():
            there = {row["name"] for row in self._query(f"PRAGMA table_info({table})")}
            for name, definition in added.items():
                if name not in there:
                    self._db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")

    def _query(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            if self.closed:
                raise StoreClosedError
            return self._db.execute(statement, list(values)).fetchall()


def until_closed(body: Callable[[], object]) -> Callable[[], None]:
    """What a thread runs: ends quietly when the store is closed under it."""

    def run() -> None:
        with suppress(StoreClosedError):
            body()

    return run


def _exclusive(path: Path) -> TextIO:
    """Return a file that is locked until it is closed, or until this process ends however it may."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise StateInUseError(
            f"{path} is locked: another workspace process uses this state folder"
        ) from error
    return file


def _one_of(states: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The SQL condition that the state is one of these, and its values."""
    return f"life_cycle IN ({', '.join('?' * len(states))})", states


def _key(record: type) -> str:
    return "job_id" if record is Job else "run_id"


def _encoded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value) if name in JSON_COLUMNS else value for name, value in values.items()}


def _decoded(row: sqlite3.Row) -> dict[str, Any]:
    return {name: json.loads(row[name]) if name in JSON_COLUMNS else row[name] for name in row.keys()}  # noqa: SIM118
