"""A Jobs service, and what tests do with it."""

from pathlib import Path
from typing import Any

import psutil

from localbricks.jobs.api.service import JobsService
from localbricks.jobs.requests.models import JobSettings, RunNow, SubmitRun
from localbricks.settings import WorkspaceSettings
from localbricks_testing.waiting import wait_until


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def workspace_settings(state: Path, **more: Any) -> WorkspaceSettings:
    """Settings of a workspace with its state in a folder; nothing listens on its port of Spark."""
    return WorkspaceSettings(
        state=state,
        token="secret-token",
        jars=state / "jars",
        catalog_jar=state / "catalog.jar",
        warehouse="s3a://lake/warehouse",
        spark_port=1,
        **more,
    )


class Workspace:
    """A service, and what tests do with it."""

    def __init__(self, settings: WorkspaceSettings, scripts: Path) -> None:
        self.settings = settings
        self.scripts = scripts
        self.service = JobsService(settings)

    def script(self, name: str, code: str) -> str:
        """Write a Python file and return its address."""
        path = self.scripts / f"{name}.py"
        path.write_text(code, encoding="utf-8")
        return f"file:{path}"

    def task(
        self, key: str, code: str = "", parameters: list[str] | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Return a task that runs the code."""
        own = {"python_file": self.script(key, code), "parameters": parameters or []}
        return {"task_key": key, "spark_python_task": own, **fields}

    def submit(self, *tasks: dict[str, Any], **fields: Any) -> int:
        """Submit a one-time run and return its id."""
        return self.service.submit(
            SubmitRun.model_validate({"run_name": "test", "tasks": list(tasks), **fields})
        )

    def run(self, *tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Submit a one-time run and return it once it has ended."""
        return self.ended(self.submit(*tasks, **fields))

    def job(self, *tasks: dict[str, Any], **fields: Any) -> int:
        """Save a job and return its id."""
        return self.service.jobs.create(
            JobSettings.model_validate({"name": "job", "tasks": list(tasks), **fields})
        )

    def run_now(self, job_id: int, **fields: Any) -> int:
        """Start a job and return the run's id."""
        return self.service.run_now(RunNow.model_validate({"job_id": job_id, **fields})).run_id

    def ended(self, run_id: int) -> dict[str, Any]:
        """Return the run once it has ended."""
        return wait_until(
            lambda: self._if_ended(run_id), f"the end of run {run_id}: {self.service.get_run(run_id)}"
        )

    def output(self, run: dict[str, Any], key: str) -> dict[str, Any]:
        """Return the output of a task's last attempt."""
        return self.service.get_output(task_of(run, key)["run_id"])

    def logged(self, run_id: int, text: str) -> dict[str, Any]:
        """Return the output of a single-task run once its log holds the text."""
        return wait_until(lambda: self._if_logged(run_id, text), f"{text!r} in the log of run {run_id}")

    def _if_ended(self, run_id: int) -> dict[str, Any] | None:
        run = self.service.get_run(run_id)
        return run if run["status"]["state"] == "TERMINATED" else None

    def _if_logged(self, run_id: int, text: str) -> dict[str, Any] | None:
        output = self.service.get_output(run_id)
        return output if text in output["logs"] else None


def task_of(run: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the last attempt of a task."""
    return [task for task in run["tasks"] if task["task_key"] == key][-1]


def results(run: dict[str, Any]) -> dict[str, str]:
    """Return the result state of each task's last attempt."""
    return {task["task_key"]: task["state"].get("result_state") for task in run["tasks"]}
