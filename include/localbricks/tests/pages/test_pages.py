"""The pages over runs, as JSON of the Jobs API describes them."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from localbricks import api_errors, pages
from localbricks.api_errors import ApiError
from localbricks.pages import graph


def _task(key: str, run_id: int, result: str, depends: list[str]) -> dict[str, Any]:
    return {
        "task_key": key,
        "run_id": run_id,
        "state": {"life_cycle_state": "TERMINATED", "result_state": result},
        "start_time": 1_500_000_000_000,
        "end_time": 1_500_000_072_000,
        "depends_on": [{"task_key": name} for name in depends],
        "notebook_task": {"notebook_path": f"/Shared/{key}", "base_parameters": {"use_case": "<churn>"}},
    }


class Runs:
    """Two tasks of one run, the second of which failed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get_run(self, run_id: int) -> dict[str, Any]:
        if run_id == 2:
            return _task("train", 2, "SUCCESS", []) | {"job_run_id": 1}
        if run_id != 1:
            raise ApiError(400, "INVALID_PARAMETER_VALUE", f"Run {run_id} does not exist.")
        state = {"life_cycle_state": "TERMINATED", "result_state": "FAILED", "state_message": "<b>boom</b>"}
        tasks = [_task("train", 2, "SUCCESS", []), _task("validate", 3, "FAILED", ["train"])]
        return {"run_id": 1, "run_name": "nightly <x>", "state": state, "tasks": tasks, "start_time": 1}

    def newest_runs(self, limit: int = 25, offset: int = 0) -> list[dict[str, Any]]:
        return [self.get_run(1)][offset:]

    def get_output(self, run_id: int) -> dict[str, Any]:
        return {"error": "ValueError: <i>no</i>", "error_trace": "trace"} if run_id == 3 else {}

    def task_folder(self, task_run_id: int) -> Path:
        return self.folder / str(task_run_id)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    for task in ("2", "3"):
        (tmp_path / task).mkdir()
        (tmp_path / task / "output.log").write_text(f"line of {task} <script>alert(1)</script>\n")
    (tmp_path / "2" / "notebook.html").write_text("<h1>executed</h1>")
    app = FastAPI()
    api_errors.install(app)
    app.include_router(pages.router(Runs(tmp_path), frozenset({"127.0.0.1"})))
    return TestClient(app, base_url="http://127.0.0.1:8443")


def test_the_list_links_each_run(client: TestClient) -> None:
    text = client.get("/").text
    assert 'href="/runs/1"' in text
    assert "nightly &lt;x&gt;" in text


def test_the_run_page_shows_graph_errors_parameters_and_logs_escaped(client: TestClient) -> None:
    text = client.get("/runs/1").text
    assert text.count("<rect") == 2
    assert text.count("class='arrow'") == 1
    assert "1 m 12 s" in text
    for escaped in ("&lt;b&gt;boom", "&lt;i&gt;no", "&lt;churn&gt;", "&lt;script&gt;alert"):
        assert escaped in text
    assert "<script>alert" not in text


def test_a_notebook_is_served_in_a_sandbox(client: TestClient) -> None:
    answer = client.get("/runs/2/notebook")
    assert answer.text == "<h1>executed</h1>"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert client.get("/runs/3/notebook").status_code == 404


def test_the_log_goes_on_where_it_was_left(client: TestClient, tmp_path: Path) -> None:
    first = client.get("/runs/2/log").json()
    with (tmp_path / "2" / "output.log").open("a") as log:
        log.write("more\n")
    assert client.get("/runs/2/log", params={"offset": first["offset"]}).json()["text"] == "more\n"


def test_a_task_run_leads_to_its_job_run(client: TestClient) -> None:
    answer = client.get("/runs/2", follow_redirects=False)
    assert answer.headers["location"] == "/runs/1#task-train"
    assert client.get("/runs/9").json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_another_host_is_refused(client: TestClient) -> None:
    answer = client.get("/", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_tasks_stand_behind_those_they_wait_for() -> None:
    tasks = [
        _task("c", 3, "SUCCESS", ["a", "b"]),
        _task("a", 1, "SUCCESS", []),
        _task("b", 2, "SUCCESS", ["a"]),
    ]
    assert graph.depths(tasks) == {"a": 0, "b": 1, "c": 2}
