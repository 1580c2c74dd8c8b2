"""The pages over the runs of a real Jobs service, whose records are written by hand: no task runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from localbricks import api_errors, pages
from localbricks.auth import SecurityHeaders
from localbricks.jobs.api.service import JobsService
from localbricks.jobs.engine.records import Run, TaskRun
from localbricks.pages import graph
from localbricks_testing.workspace import workspace_settings

START, END = 1_500_000_000_000, 1_500_000_072_000


def settings_of(key: str, depends: list[str]) -> dict[str, Any]:
    own = {"notebook_path": f"/Shared/{key}", "base_parameters": {"use_case": "<churn>"}}
    return {
        "task_key": key,
        "notebook_task": own,
        "depends_on": [{"task_key": name} for name in depends],
    }


def ended(run_id: int, key: str, result: str, message: str = "", attempt: int = 0) -> TaskRun:
    return TaskRun(
        run_id=run_id,
        job_run_id=1,
        task_key=key,
        attempt=attempt,
        start_time=START,
        launch_time=START,
        end_time=END,
        life_cycle="TERMINATED",
        result=result,
        message=message,
    )


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[JobsService]:
    """Two tasks of one run, the second of which failed, and was tried again in vain."""
    settings = workspace_settings(tmp_path)
    service = JobsService(settings)
    tasks = [settings_of("train", []), settings_of("vali date", ["train"])]
    run = Run(
        run_id=1,
        job_id=9,
        run_type="SUBMIT_RUN",
        name="nightly <x>",
        number_in_job=1,
        definition={"tasks": tasks},
        start_time=START,
        end_time=END,
        life_cycle="INTERNAL_ERROR",
        result="FAILED",
        message="<b>boom</b>",
    )
    attempts = [
        ended(2, "train", "SUCCESS"),
        ended(3, "vali date", "FAILED", "ValueError: <i>no</i>"),
        ended(4, "vali date", "FAILED", "ValueError: <i>no</i>", attempt=1),
    ]
    service.store.add(run)
    for attempt in attempts:
        service.store.add(attempt)
    for attempt in attempts:
        folder = settings.runs / str(attempt.run_id)
        folder.mkdir(parents=True)
        (folder / "output.log").write_text(f"line of {attempt.run_id} <script>alert(1)</script>\n")
    (settings.runs / "2" / "notebook.html").write_text("<h1>executed</h1>")
    yield service
    service.close()


@pytest.fixture
def client(jobs: JobsService) -> TestClient:
    app = FastAPI()
    api_errors.install(app)
    app.include_router(pages.router(jobs, frozenset({"127.0.0.1"})))
    app.add_middleware(SecurityHeaders)
    return TestClient(app, base_url="http://127.0.0.1:8443")


def test_the_list_links_each_run(client: TestClient) -> None:
    text = client.get("/").text
    assert 'href="/runs/1"' in text
    assert "nightly &lt;x&gt;" in text


def test_the_run_page_shows_graph_errors_parameters_and_logs_escaped(client: TestClient) -> None:
    text = client.get("/runs/1").text
    assert text.count("<rect") == 2  # one box for each task, however often it was tried
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
    with (tmp_path / "runs" / "2" / "output.log").open("a") as log:
        log.write("more\n")
    assert client.get("/runs/2/log", params={"offset": first["offset"]}).json()["text"] == "more\n"


def test_a_task_run_leads_to_its_place_on_the_page_of_its_run(client: TestClient, jobs: JobsService) -> None:
    address = jobs.get_run(3)["run_page_url"]
    assert jobs.get_run(1)["tasks"][1]["run_page_url"] == address
    answer = client.get(address.removeprefix(jobs.settings.url), follow_redirects=False)
    assert answer.headers["location"] == "/runs/1#task-3"
    text = client.get("/runs/1").text
    assert 'id="task-3"' in text
    assert "href='#task-4'" in text  # the graph leads to the last attempt
    assert client.get("/runs/9").json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_pages_may_load_nothing_that_is_not_theirs(client: TestClient) -> None:
    for path in ("/", "/runs/1", "/static/style.css", "/runs/1/state", "/runs/2/notebook"):
        assert client.get(path).headers["x-content-type-options"] == "nosniff", path
    policy = client.get("/runs/1").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for path in ("/", "/runs/1"):
        text = client.get(path).text
        assert "<script>" not in text  # inline code is what the policy forbids
        assert " style=" not in text
    for name in ("index.js", "run.js"):
        assert client.get(f"/static/{name}").headers["content-type"].startswith("text/javascript")
    assert client.get("/static/base.html").status_code == 404


def test_a_page_that_follows_its_run_knows_the_states_it_shows(client: TestClient) -> None:
    assert 'data-states="FAILED,SUCCESS,FAILED,FAILED"' in client.get("/runs/1").text
    state = client.get("/runs/1/state").json()
    assert state == {"done": True, "states": ["FAILED", "SUCCESS", "FAILED", "FAILED"]}


def test_another_host_is_refused(client: TestClient) -> None:
    answer = client.get("/", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_tasks_stand_behind_those_they_wait_for() -> None:
    tasks = [settings_of("c", ["a", "b"]), settings_of("a", []), settings_of("b", ["a"])]
    assert graph.depths(tasks) == {"a": 0, "b": 1, "c": 2}


def test_a_long_chain_listed_from_its_end_has_a_graph() -> None:
    length = 2000
    tasks = [settings_of(str(n), [str(n - 1)] if n else []) for n in reversed(range(length))]
    assert graph.depths(tasks) == {str(n): n for n in reversed(range(length))}
