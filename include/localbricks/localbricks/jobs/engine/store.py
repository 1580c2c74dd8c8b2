"""Jobs and runs in SQLite: a restart of the workspace loses none."""

import fcntl
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, TypeVar

from .records import TERMINAL, Job, Run, TaskRun, columns

SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (next INTEGER NOT NULL);
INSERT INTO counter SELECT 1000 WHERE NOT EXISTS (SELECT 1 FROM counter);
CREATE TABLE IF NOT EXISTS jobs (
  job_id INTEGER PRIMARY KEY, settings TEXT NOT NULL, created_time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
  run_id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL, run_type TEXT NOT NULL, name TEXT NOT NULL,
  number_in_job INTEGER NOT NULL, definition TEXT NOT NULL, parameters TEXT NOT NULL, token TEXT UNIQUE,
  start_time INTEGER NOT NULL, end_time INTEGER NOT NULL, stop TEXT,
  life_cycle TEXT NOT NULL, result TEXT, message TEXT NOT NULL, code TEXT);
CREATE INDEX IF NOT EXISTS runs_of_job ON runs (job_id);
CREATE INDEX IF NOT EXISTS runs_by_state ON runs (life_cycle);
CREATE TABLE IF NOT EXISTS task_runs (
  run_id INTEGER PRIMARY KEY, job_run_id INTEGER NOT NULL, task_key TEXT NOT NULL, attempt INTEGER NOT NULL,
  start_time INTEGER NOT NULL, launch_time INTEGER NOT NULL, end_time INTEGER NOT NULL,
  pid INTEGER, pid_created REAL, task TEXT NOT NULL, stop TEXT,
  life_cycle TEXT NOT NULL, result TEXT, message TEXT NOT NULL, code TEXT);
CREATE INDEX IF NOT EXISTS tasks_of_run ON task_runs (job_run_id);
"""
TABLES: dict[type, str] = {Job: "jobs", Run: "runs", TaskRun: "task_runs"}
JSON_COLUMNS = ("settings", "definition", "parameters", "task")
ENDED = f"life_cycle IN ({', '.join(repr(state) for state in sorted(TERMINAL))})"
"""The SQL condition that :attr:`State.ended` is."""
T = TypeVar("T", Job, Run, TaskRun)


class StateInUseError(RuntimeError):
    """Another process uses the database; the message names the file."""


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
        """Change columns of the record with this id."""
        values = _encoded(changes)
        setters = ", ".join(f"{name} = ?" for name in values)
        statement = f"UPDATE {TABLES[record]} SET {setters} WHERE {_key(record)} = ?"
        with self.transaction():
            self._db.execute(statement, [*values.values(), key])

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

    def _query(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(statement, list(values)).fetchall()


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


def _key(record: type) -> str:
    return "job_id" if record is Job else "run_id"


def _encoded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value) if name in JSON_COLUMNS else value for name, value in values.items()}


def _decoded(row: sqlite3.Row) -> dict[str, Any]:
    return {name: json.loads(row[name]) if name in JSON_COLUMNS else row[name] for name in row.keys()}  # noqa: SIM118
