"""Airflow's REST API, as far as ``lakeloop run`` needs it: trigger, watch, and say what failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

TERMINAL = ("success", "failed")


class AirflowApiError(RuntimeError):
    """Airflow refused a request; the message names it, with status and answer."""


@dataclass(frozen=True)
class DagRun:
    """One run of one DAG; times are aware, ``None`` until they happened."""

    dag_id: str
    run_id: str
    state: str
    run_after: datetime
    start: datetime | None
    end: datetime | None

    @property
    def done(self) -> bool:
        """Whether the run has ended, well or badly."""
        return self.state in TERMINAL

    @property
    def seconds(self) -> float:
        """From start to end; 0.0 while it runs."""
        return (self.end - self.start).total_seconds() if self.start and self.end else 0.0


@dataclass(frozen=True)
class TaskState:
    """One task of a run."""

    task_id: str
    state: str | None
    try_number: int


class AirflowApi:
    """A client of ``/api/v2`` with a token of its own.

    Args:
        base_url: of the api-server, e.g. ``http://127.0.0.1:8080``.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.base_url, timeout=30, transport=httpx.HTTPTransport(retries=3)
        )
        token = self._checked(self._http.get("/auth/token")).json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def known_dags(self) -> set[str]:
        """Ids of the DAGs that Airflow has parsed."""
        dags = self._get("/api/v2/dags", limit=100)["dags"]
        return {dag["dag_id"] for dag in dags}

    def import_errors(self) -> list[str]:
        """``file: error`` for each DAG file that could not be parsed."""
        errors = self._get("/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip()}" for error in errors]

    def unpause(self, dag_ids: Sequence[str]) -> None:
        """Let these DAGs run; a DAG is paused until somebody asks for it.

        One that is not paused is left alone: Airflow's API notes a change in its event loop, and on SQLite it can then
        wait for a minute for a task that writes at this moment and waits for that loop.
        """
        for dag_id in dag_ids:
            if self._get(f"/api/v2/dags/{dag_id}")["is_paused"]:
                self._checked(self._http.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}))

    def trigger(self, dag_id: str, **params: Any) -> str:
        """Start a run now, as the UI's trigger button does, with these parameters; returns its run id."""
        body = {"logical_date": None, **({"conf": params} if params else {})}
        response = self._http.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body)
        return self._checked(response).json()["dag_run_id"]

    def runs(self, dag_ids: Sequence[str], since: datetime) -> list[DagRun]:
        """Runs of these DAGs that became due at ``since`` or later, oldest first."""
        query = {"run_after_gte": since.isoformat(), "order_by": "run_after", "limit": 100}
        runs = self._get("/api/v2/dags/~/dagRuns", **query)["dag_runs"]
        return [_dag_run(run) for run in runs if run["dag_id"] in dag_ids]

    def has_queued_events(self, dag_ids: Sequence[str]) -> bool:
        """Whether an asset event waits for the scheduler to make a run of one of these DAGs."""
        for dag_id in dag_ids:
            response = self._http.get(f"/api/v2/dags/{dag_id}/assets/queuedEvents")
            if (
                response.status_code != httpx.codes.NOT_FOUND
                and self._checked(response).json()["total_entries"]
            ):
                return True
        return False

    def tasks(self, run: DagRun) -> list[TaskState]:
        """The tasks of a run, in the order they started."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances"
        instances = self._get(path, limit=200, order_by="start_date")["task_instances"]
        return [TaskState(ti["task_id"], ti["state"], ti["try_number"]) for ti in instances]

    def log_tail(self, run: DagRun, task: TaskState, lines: int = 30) -> list[str]:
        """Last lines of the log of a task's last try."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task.task_id}/logs/{task.try_number}"
        return [_log_line(entry) for entry in self._get(path, full_content=True)["content"]][-lines:]

    def links(self, run: DagRun, task_id: str) -> dict[str, str | None]:
        """Addresses that a task's operator has left for people, by name."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}/links"
        found: dict[str, str | None] = self._get(path)["extra_links"]
        return found

    def task_url(self, run: DagRun, task: TaskState) -> str:
        """The task's page in the UI."""
        return f"{self.base_url}/dags/{run.dag_id}/runs/{run.run_id}/tasks/{task.task_id}"

    def _get(self, path: str, **query: Any) -> Any:
        return self._checked(self._http.get(path, params=query)).json()

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if response.is_error:
            request = response.request
            raise AirflowApiError(
                f"Airflow answered {response.status_code} to {request.method} {request.url}: {response.text[:500]}"
            )
        return response


def _dag_run(run: dict[str, Any]) -> DagRun:
    return DagRun(
        dag_id=run["dag_id"],
        run_id=run["dag_run_id"],
        state=run["state"],
        run_after=datetime.fromisoformat(run["run_after"]),
        start=_time(run["start_date"]),
        end=_time(run["end_date"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _log_line(entry: Any) -> str:
    """One line of the structured log: what was said, and the error behind it."""
    if not isinstance(entry, dict):
        return str(entry)
    errors = [
        f"  {detail.get('exc_type')}: {detail.get('exc_value')}" for detail in entry.get("error_detail") or []
    ]
    return "\n".join([str(entry.get("event", "")), *errors])
