"""Runs end as their processes do; tasks follow their graph."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localbricks.api_errors import ApiError
from localbricks.jobs.engine.records import Job, Run, TaskRun, now
from localbricks.jobs.requests.models import JobSettings, ListRuns, RepairRun
from localbricks_testing.waiting import wait_until
from localbricks_testing.wheels import build_wheel
from localbricks_testing.workspace import Workspace, results, task_of

EXIT_3 = "import sys; print('said', flush=True); print('wrong', file=sys.stderr); sys.exit(3)"
ECHO = "import sys; print(*sys.argv[1:])"
SLEEP = "import time; print('started', flush=True); time.sleep(600)"


def test_a_task_that_succeeds(workspace: Workspace) -> None:
    run = workspace.run(workspace.task("a", ECHO, ["{{job.run_id}}", "{{task.name}}"]))
    assert run["state"] == {
        "life_cycle_state": "TERMINATED",
        "result_state": "SUCCESS",
        "state_message": "",
        "user_cancelled_or_timedout": False,
    }
    task = task_of(run, "a")
    assert task["start_time"] >= run["start_time"]
    assert run["end_time"] >= task["end_time"] > task["start_time"] > 0
    assert task["setup_duration"] + task["execution_duration"] == task["run_duration"] > 0
    assert run["run_page_url"] == f"http://127.0.0.1:8443/runs/{run['run_id']}"
    assert task["run_page_url"] == f"http://127.0.0.1:8443/runs/{task['run_id']}"
    assert workspace.output(run, "a")["logs"] == f"{run['run_id']} a\n"
    assert "error" not in workspace.output(run, "a")


def test_a_task_that_exits_3_fails_with_its_stderr_in_the_output(workspace: Workspace) -> None:
    run = workspace.run(workspace.task("a", EXIT_3))
    assert (run["state"]["life_cycle_state"], run["state"]["result_state"]) == ("INTERNAL_ERROR", "FAILED")
    assert run["status"]["termination_details"]["code"] == "RUN_EXECUTION_ERROR"
    assert run["status"]["termination_details"]["type"] == "CLIENT_ERROR"
    assert task_of(run, "a")["state"]["life_cycle_state"] == "TERMINATED"
    output = workspace.output(run, "a")
    assert output["logs"] == "said\nwrong\n"
    assert output["error"] == "The task's process ended with exit code 3; it last printed: wrong"
    assert "wrong" in output["error_trace"]
    assert workspace.service.get_output(run["run_id"]) == output


def test_an_exception_is_the_error(workspace: Workspace) -> None:
    run = workspace.run(workspace.task("a", "raise ValueError('no rows')"))
    assert workspace.output(run, "a")["error"] == "ValueError: no rows (exit code 1)"
    assert "Task a failed with message: ValueError: no rows" in run["state"]["state_message"]


def test_tasks_wait_for_what_they_depend_on_and_run_if_decides(workspace: Workspace) -> None:
    run = workspace.run(
        workspace.task("bad", EXIT_3),
        workspace.task("good", ECHO, ["x"]),
        workspace.task("skipped", ECHO, depends_on=[{"task_key": "bad"}]),
        workspace.task("clean", ECHO, depends_on=[{"task_key": "bad"}], run_if="AT_LEAST_ONE_FAILED"),
        workspace.task("unneeded", ECHO, depends_on=[{"task_key": "good"}], run_if="ALL_FAILED"),
        workspace.task(
            "last", ECHO, depends_on=[{"task_key": "skipped"}, {"task_key": "good"}], run_if="ALL_DONE"
        ),
    )
    assert results(run) == {
        "bad": "FAILED",
        "good": "SUCCESS",
        "skipped": "UPSTREAM_FAILED",
        "clean": "SUCCESS",
        "unneeded": "EXCLUDED",
        "last": "SUCCESS",
    }
    assert task_of(run, "last")["start_time"] >= task_of(run, "good")["end_time"]
    assert run["state"]["result_state"] == "SUCCESS_WITH_FAILURES"


def test_a_blocked_task_is_blocked(workspace: Workspace) -> None:
    run_id = workspace.submit(
        workspace.task("a", SLEEP), workspace.task("b", ECHO, depends_on=[{"task_key": "a"}])
    )
    run = workspace.service.get_run(run_id)
    assert run["state"]["life_cycle_state"] == "RUNNING"
    assert task_of(run, "b")["state"]["life_cycle_state"] == "BLOCKED"
    assert task_of(run, "b")["start_time"] > 0


def test_a_failed_task_is_tried_again_and_each_attempt_is_kept(workspace: Workspace) -> None:
    code = (
        "import pathlib, sys; p = pathlib.Path('{}'); p.exists() or (p.touch(), sys.exit(1)); print('second')"
    )
    code = code.replace("{}", str(workspace.scripts / "marker"))
    run = workspace.run(workspace.task("a", code, max_retries=3, min_retry_interval_millis=10))
    assert [(task["attempt_number"], task["state"]["result_state"]) for task in run["tasks"]] == [
        (0, "FAILED"),
        (1, "SUCCESS"),
    ]
    first, second = run["tasks"]
    assert second["original_attempt_run_id"] == first["run_id"] != second["run_id"]
    assert second["start_time"] > first["start_time"]
    assert run["state"]["result_state"] == "SUCCESS"
    assert workspace.output(run, "a")["logs"] == "second\n"


def test_retries_end(workspace: Workspace) -> None:
    run = workspace.run(workspace.task("a", EXIT_3, max_retries=2))
    assert [task["attempt_number"] for task in run["tasks"]] == [0, 1, 2]
    assert run["state"]["result_state"] == "FAILED"


@pytest.mark.parametrize(("retry", "attempts"), [(False, 1), (True, 2)])
def test_a_task_that_takes_too_long_is_stopped(workspace: Workspace, retry: bool, attempts: int) -> None:
    task = workspace.task("a", SLEEP, timeout_seconds=1, max_retries=1, retry_on_timeout=retry)
    run = workspace.run(task)
    assert [task["state"]["result_state"] for task in run["tasks"]] == ["TIMEDOUT"] * attempts
    assert run["state"]["result_state"] == "TIMEDOUT"
    assert run["state"]["user_cancelled_or_timedout"]


def test_a_run_that_takes_too_long_is_stopped(workspace: Workspace) -> None:
    run = workspace.run(
        workspace.task("a", SLEEP),
        workspace.task("b", ECHO, depends_on=[{"task_key": "a"}]),
        timeout_seconds=1,
    )
    assert run["state"]["result_state"] == "TIMEDOUT"
    assert results(run) == {"a": "TIMEDOUT", "b": "TIMEDOUT"}


def test_a_cancelled_run_ends_with_all_its_tasks(workspace: Workspace) -> None:
    run_id = workspace.submit(
        workspace.task("a", SLEEP), workspace.task("b", ECHO, depends_on=[{"task_key": "a"}])
    )
    first = task_of(workspace.service.get_run(run_id), "a")["run_id"]
    workspace.logged(first, "started")
    workspace.service.cancel(run_id)
    assert workspace.service.get_run(run_id)["state"]["life_cycle_state"] in ("TERMINATING", "TERMINATED")
    run = workspace.ended(run_id)
    assert (run["state"]["life_cycle_state"], run["state"]["result_state"]) == ("TERMINATED", "CANCELED")
    assert run["status"]["termination_details"]["code"] == "USER_CANCELED"
    assert results(run) == {"a": "CANCELED", "b": "CANCELED"}
    assert workspace.output(run, "a")["logs"] == "started\n"
    workspace.service.cancel(run_id)
    assert workspace.service.get_run(run_id) == run


def test_one_task_may_be_cancelled_and_the_others_go_on(workspace: Workspace) -> None:
    run_id = workspace.submit(
        workspace.task("a", SLEEP, max_retries=3),
        workspace.task("b", ECHO),
        workspace.task("c", ECHO, depends_on=[{"task_key": "a"}]),
        workspace.task("d", ECHO, depends_on=[{"task_key": "a"}], run_if="ALL_DONE"),
    )
    first = task_of(workspace.service.get_run(run_id), "a")["run_id"]
    workspace.logged(first, "started")
    workspace.service.cancel(first)
    run = workspace.ended(run_id)
    assert results(run) == {"a": "CANCELED", "b": "SUCCESS", "c": "UPSTREAM_CANCELED", "d": "SUCCESS"}


def test_a_pause_before_a_retry_can_be_cancelled(workspace: Workspace) -> None:
    run_id = workspace.submit(workspace.task("a", EXIT_3, max_retries=-1, min_retry_interval_millis=600_000))
    wait_until(lambda: len(workspace.service.get_run(run_id)["tasks"]) == 2, "the second attempt")
    waiting = workspace.service.get_run(run_id)["tasks"][1]
    assert waiting["state"]["life_cycle_state"] == "WAITING_FOR_RETRY"
    assert waiting["status"]["state"] == "WAITING"
    workspace.service.cancel(run_id)
    assert results(workspace.ended(run_id)) == {"a": "CANCELED"}


def test_a_task_passes_values_on(workspace: Workspace) -> None:
    code = """if True:
        import os, pathlib
        pathlib.Path(os.environ["LOCALBRICKS_TASK_VALUES"], "a.json").write_text('{"version": 7}')
    """
    run = workspace.run(
        workspace.task("a", code),
        workspace.task(
            "b",
            ECHO,
            ["{{tasks.a.values.version}}", "{{tasks.a.result_state}}"],
            depends_on=[{"task_key": "a"}],
        ),
        workspace.task("c", ECHO, ["{{tasks.a.values.none}}"], depends_on=[{"task_key": "a"}]),
    )
    assert workspace.output(run, "b")["logs"] == "7 success\n"
    assert task_of(run, "b")["spark_python_task"]["parameters"] == ["7", "success"]
    failed = task_of(run, "c")
    assert (
        failed["state"]["state_message"] == "{{tasks.a.values.none}} cannot be resolved: task a set version"
    )
    assert failed["status"]["termination_details"]["code"] == "INVALID_RUN_CONFIGURATION"


def test_what_a_task_needs_and_is_not_there_is_named(workspace: Workspace) -> None:
    run = workspace.run(
        {"task_key": "a", "spark_python_task": {"python_file": "/Workspace/none.py"}},
        workspace.task("b", ECHO, libraries=[{"pypi": {"package": "no-such-thing"}}]),
    )
    assert "/Workspace/none.py does not exist" in workspace.output(run, "a")["error"]
    assert "needs no-such-thing, but it is not installed" in workspace.output(run, "b")["error"]
    codes = [task["status"]["termination_details"]["code"] for task in run["tasks"]]
    assert codes == ["RESOURCE_NOT_FOUND", "LIBRARY_INSTALLATION_ERROR"]


def test_a_wheel_runs_by_its_entry_point_or_as_a_function(workspace: Workspace) -> None:
    files = {"acme/__init__.py": "def hello():\n    import sys\n    print('hello', *sys.argv[1:])\n"}
    points = {"packages": {"greet": "acme:hello"}}
    wheel = build_wheel(workspace.scripts, "acme", files, entry_points=points)
    environments = [{"environment_key": "e", "spec": {"dependencies": [f"file:{wheel}"]}}]
    own = {"package_name": "acme", "entry_point": "greet", "named_parameters": {"who": "{{task.name}}"}}
    run = workspace.run(
        {"task_key": "a", "python_wheel_task": own, "environment_key": "e"},
        {
            "task_key": "b",
            "python_wheel_task": {**own, "entry_point": "hello"},
            "libraries": [{"whl": f"file:{wheel}"}],
        },
        {"task_key": "c", "python_wheel_task": {**own, "entry_point": "none"}, "environment_key": "e"},
        {"task_key": "d", "python_wheel_task": own},
        environments=environments,
    )
    assert workspace.output(run, "a")["logs"] == "hello --who=a\n"
    assert workspace.output(run, "b")["logs"] == "hello --who=b\n"
    assert (
        "neither an entry point nor a function none; its entry points: greet"
        in workspace.output(run, "c")["error"]
    )
    assert "package acme is not installed" in workspace.output(run, "d")["error"]


def test_a_token_starts_one_run_however_often_it_is_sent(workspace: Workspace) -> None:
    task = workspace.task("a", SLEEP)
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: workspace.submit(task, idempotency_token="t"), range(16)))
    assert len(ids) == 1
    job = workspace.job(task)
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: workspace.run_now(job, idempotency_token="u"), range(16)))
    assert len(ids) == 1
    assert len(workspace.service.store.active_runs()) == 2


def test_a_job_runs_with_its_parameters(workspace: Workspace) -> None:
    job = workspace.job(
        workspace.task("a", ECHO, ["{{job.parameters.day}}", "{{job.parameters.run}}", "{{job.name}}"]),
        parameters=[{"name": "day", "default": "1"}, {"name": "run", "default": "run {{task.name}}"}],
    )
    default = workspace.ended(workspace.run_now(job))
    other = workspace.ended(workspace.run_now(job, job_parameters={"day": "2"}))
    assert [workspace.output(run, "a")["logs"] for run in (default, other)] == [
        "1 run a job\n",
        "2 run a job\n",
    ]
    assert other["job_parameters"][0] == {"name": "day", "default": "1", "value": "2"}
    assert (other["run_type"], other["number_in_job"], other["job_id"]) == ("JOB_RUN", 2, job)
    with pytest.raises(ApiError, match=r"job_parameters\.month: the job defines day, run"):
        workspace.run_now(job, job_parameters={"month": "2"})


def test_older_parameters_win_over_the_tasks_own(workspace: Workspace) -> None:
    job = workspace.job(workspace.task("a", ECHO, ["1"]))
    run = workspace.ended(workspace.run_now(job, python_params=["2"]))
    assert workspace.output(run, "a")["logs"] == "2\n"
    assert run["overriding_parameters"] == {"python_params": ["2"]}


def test_a_run_keeps_the_settings_it_began_with(workspace: Workspace) -> None:
    job = workspace.job(workspace.task("a", ECHO, ["old"]))
    run = workspace.ended(workspace.run_now(job))
    workspace.service.jobs.update(job, {"tasks": [workspace.task("b", ECHO)], "name": "new"}, [])
    assert workspace.service.jobs.get(job)["settings"]["name"] == "new"
    assert [task["task_key"] for task in workspace.service.jobs.get(job)["settings"]["tasks"]] == ["a", "b"]
    assert [task["task_key"] for task in workspace.service.get_run(run["run_id"])["tasks"]] == ["a"]
    workspace.service.jobs.delete(job)
    with pytest.raises(ApiError, match=rf"Job {job} does not exist\."):
        workspace.service.jobs.get(job)
    assert workspace.service.get_run(run["run_id"]) == run


def test_a_second_run_of_a_job_is_skipped_or_waits(workspace: Workspace) -> None:
    job = workspace.job(workspace.task("a", SLEEP))
    first = workspace.run_now(job)
    skipped = workspace.ended(workspace.run_now(job))
    assert skipped["state"]["life_cycle_state"] == "SKIPPED"
    assert skipped["state"]["result_state"] == "MAXIMUM_CONCURRENT_RUNS_REACHED"
    assert task_of(skipped, "a")["state"]["life_cycle_state"] == "SKIPPED"
    waiting, dropped = (workspace.run_now(job, queue={"enabled": True}) for _ in range(2))
    assert workspace.service.get_run(waiting)["state"]["life_cycle_state"] == "QUEUED"
    workspace.service.cancel(dropped)
    assert results(workspace.ended(dropped)) == {"a": "CANCELED"}
    workspace.service.cancel(first)
    workspace.logged(waiting, "started")
    assert workspace.service.get_run(waiting)["state"]["life_cycle_state"] == "RUNNING"


def test_the_queued_runs_of_a_job_are_cancelled_and_its_running_one_is_not(workspace: Workspace) -> None:
    job, other = (workspace.job(workspace.task("a", SLEEP)) for _ in range(2))
    going, queued, of_other = (
        workspace.run_now(which, queue={"enabled": True}) for which in (job, job, other)
    )
    workspace.service.cancel_all(job, only_queued=True)
    assert workspace.ended(queued)["state"]["result_state"] == "CANCELED"
    assert "result_state" not in workspace.service.get_run(going)["state"]
    workspace.service.cancel_all(job)
    assert workspace.ended(going)["state"]["result_state"] == "CANCELED"
    assert "result_state" not in workspace.service.get_run(of_other)["state"]


def test_the_time_in_the_queue_does_not_count(workspace: Workspace, tmp_path: Path) -> None:
    go = tmp_path / "go"
    wait = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)"
    job = workspace.job(workspace.task("a", wait, timeout_seconds=60), timeout_seconds=60)
    first = workspace.run_now(job)
    queued = workspace.run_now(job, queue={"enabled": True})
    assert workspace.service.get_run(queued)["tasks"][0]["state"]["life_cycle_state"] == "QUEUED"
    earlier = now() - 3_600_000
    workspace.service.store.update(Run, queued, start_time=earlier)
    for task in workspace.service.store.tasks(queued):
        workspace.service.store.update(TaskRun, task.run_id, start_time=earlier)
    go.touch()
    workspace.ended(first)
    run = workspace.ended(queued)
    assert run["state"]["result_state"] == "SUCCESS"
    assert run["queue_duration"] > 3_500_000
    assert task_of(run, "a")["start_time"] > earlier + 3_500_000


@pytest.mark.parametrize("change", ["update", "reset"])
def test_a_new_timeout_of_the_job_holds_for_its_runs_that_go_on(workspace: Workspace, change: str) -> None:
    job = workspace.job(workspace.task("a", SLEEP))
    going, queued = workspace.run_now(job), workspace.run_now(job, queue={"enabled": True})
    if change == "update":
        workspace.service.jobs.update(job, {"timeout_seconds": 1, "name": "other"}, [])
    else:
        settings = {**workspace.service.jobs.job(job).settings, "timeout_seconds": 1, "name": "other"}
        workspace.service.jobs.reset(job, JobSettings.model_validate(settings))
    ended = [workspace.ended(run) for run in (going, queued)]
    assert [(run["run_name"], run["state"]["result_state"]) for run in ended] == [("job", "TIMEDOUT")] * 2


def test_a_run_is_given_more_time(workspace: Workspace, tmp_path: Path) -> None:
    go = tmp_path / "go"
    wait = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)"
    job = workspace.job(workspace.task("a", wait), timeout_seconds=2)
    run, began = workspace.run_now(job), now()
    workspace.service.jobs.update(job, {"timeout_seconds": 60}, [])
    wait_until(lambda: now() > began + 2500, "the first timeout to have passed")
    go.touch()
    assert workspace.ended(run)["state"]["result_state"] == "SUCCESS"


def test_a_run_of_an_older_version_does_not_keep_the_workspace_from_starting(workspace: Workspace) -> None:
    job = workspace.job(workspace.task("a", SLEEP))
    going = workspace.run_now(job)
    outdated, good = (workspace.run_now(job, queue={"enabled": True}) for _ in range(2))
    workspace.service.store.update(Run, outdated, definition={"tasks": [{"task_key": "a", "gone": 1}]})
    workspace.service.recover()
    workspace.service.cancel(going)
    run = workspace.ended(outdated)
    assert run["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert "made by another version of the workspace: " in run["state"]["state_message"]
    workspace.logged(good, "started")


def test_a_job_of_an_older_version_is_refused_naming_the_field(workspace: Workspace) -> None:
    job = workspace.job(workspace.task("a", EXIT_3))
    failed = workspace.ended(workspace.run_now(job))
    outdated = {"tasks": [{**workspace.task("a", EXIT_3), "gone": 1}]}
    workspace.service.store.update(Job, job, settings=outdated)
    repair = RepairRun(run_id=failed["run_id"], rerun_all_failed_tasks=True)
    for ask in (lambda: workspace.run_now(job), lambda: workspace.service.repair(repair)):
        with pytest.raises(ApiError, match=rf"job {job}\b.* another version .*: tasks\.0\.gone: ") as refused:
            ask()
        assert (refused.value.status, refused.value.error_code) == (400, "INVALID_STATE")
    assert workspace.service.get_run(failed["run_id"])["state"] == failed["state"]
    workspace.service.jobs.update(job, {"tasks": [workspace.task("b", ECHO)]}, ["tasks/a"])
    assert results(workspace.ended(workspace.run_now(job))) == {"b": "SUCCESS"}


def test_settings_are_removed_by_name_and_entries_by_key(workspace: Workspace) -> None:
    clusters = [{"job_cluster_key": key, "new_cluster": {"num_workers": 1}} for key in ("x", "y")]
    tasks = [workspace.task(key) for key in ("a", "b")]
    job = workspace.job(*tasks, job_clusters=clusters, description="two", parameters=[])
    workspace.service.jobs.update(job, {}, ["tasks/a", "job_clusters/x", "description"])
    settings = workspace.service.jobs.get(job)["settings"]
    assert [task["task_key"] for task in settings["tasks"]] == ["b"]
    assert [cluster["job_cluster_key"] for cluster in settings["job_clusters"]] == ["y"]
    assert "description" not in settings
    for name in ("tasks/a", "tasks/", "parameters/x", "descriptoin"):
        with pytest.raises(ApiError, match=f"fields_to_remove: '{name}' is neither"):
            workspace.service.jobs.update(job, {}, [name])


def test_a_missing_file_does_not_spin(workspace: Workspace) -> None:
    missing = {"task_key": "a", "spark_python_task": {"python_file": "/none.py"}, "max_retries": -1}
    run_id = workspace.submit(missing)
    wait_until(lambda: len(workspace.service.get_run(run_id)["tasks"]) > 2, "the third attempt")
    first, second, third = workspace.service.get_run(run_id)["tasks"]
    assert second["start_time"] - first["start_time"] >= 1000
    assert third["state"]["life_cycle_state"] == "WAITING_FOR_RETRY"


def test_the_first_reason_to_stop_stays(workspace: Workspace) -> None:
    run_id = workspace.submit(workspace.task("a", SLEEP))
    workspace.logged(task_of(workspace.service.get_run(run_id), "a")["run_id"], "started")
    driver = workspace.service._drivers[run_id]
    workspace.service.cancel(run_id)
    driver.stop("TIMEDOUT")
    run = workspace.ended(run_id)
    assert (run["state"]["result_state"], results(run)) == ("CANCELED", {"a": "CANCELED"})
    driver.stop("TIMEDOUT")
    assert workspace.service.get_run(run_id) == run


def test_a_cancel_before_anybody_drives_the_run_is_heeded(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = workspace.service._drive
    monkeypatch.setattr(workspace.service, "_drive", lambda run: None)
    run_id = workspace.submit(workspace.task("a", SLEEP))
    workspace.service.cancel(run_id)
    run = workspace.service.store.get(Run, run_id)
    assert run is not None
    drive(run)
    assert results(workspace.ended(run_id)) == {"a": "CANCELED"}


def test_the_task_runs_of_a_workspace_are_limited(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localbricks.jobs.api.service.MAX_TASK_RUNS", 2)
    workspace.submit(workspace.task("a", SLEEP))
    with pytest.raises(ApiError, match="1 task runs are active, of 2") as caught:
        workspace.submit(workspace.task("a", SLEEP), workspace.task("b", SLEEP))
    assert (caught.value.status, caught.value.error_code) == (429, "REQUEST_LIMIT_EXCEEDED")


def test_runs_are_listed_page_by_page(workspace: Workspace) -> None:
    job = workspace.job(workspace.task("a", ECHO))
    ids = [workspace.ended(workspace.run_now(job))["run_id"] for _ in range(3)]
    active = workspace.submit(workspace.task("b", SLEEP))
    page = workspace.service.list_runs(ListRuns(job_id=job, limit=2))
    assert [run["run_id"] for run in page["runs"]] == [ids[2], ids[1]]
    assert "tasks" not in page["runs"][0]
    page = workspace.service.list_runs(ListRuns(job_id=job, limit=2, page_token=page["next_page_token"]))
    assert [run["run_id"] for run in page["runs"]] == [ids[0]]
    assert page["has_more"] is False
    assert [run["run_id"] for run in workspace.service.list_runs(ListRuns(active_only=True))["runs"]] == [
        active
    ]
    assert active not in [
        run["run_id"] for run in workspace.service.list_runs(ListRuns(completed_only=True))["runs"]
    ]
    assert [run["run_id"] for run in workspace.service.newest_runs(limit=1)] == [active]
    assert workspace.service.newest_runs(limit=1)[0]["tasks"]


def test_a_run_with_several_tasks_has_no_output_of_its_own(workspace: Workspace) -> None:
    run = workspace.run(workspace.task("a", ECHO), workspace.task("b", ECHO))
    with pytest.raises(ApiError, match=r"has 2 tasks; ask for the output of one of: \d+ \(a\), \d+ \(b\)"):
        workspace.service.get_output(run["run_id"])
    with pytest.raises(ApiError, match=r"Run 5 does not exist\."):
        workspace.service.get_output(5)


def test_the_run_of_a_task_can_be_read_by_its_own_id(workspace: Workspace) -> None:
    run = workspace.run(workspace.task("a", EXIT_3), workspace.task("b", ECHO))
    task = task_of(run, "a")
    own = workspace.service.get_run(task["run_id"])
    assert own["tasks"] == [task]
    assert (own["run_id"], own["job_run_id"], own["job_id"]) == (task["run_id"], run["run_id"], run["job_id"])
    assert own["state"] == task["state"]
    assert own["run_page_url"] == task["run_page_url"]


def test_a_run_that_has_ended_can_be_deleted(workspace: Workspace) -> None:
    run_id = workspace.submit(workspace.task("a", SLEEP))
    with pytest.raises(ApiError, match="has not ended"):
        workspace.service.delete_run(run_id)
    workspace.service.cancel(run_id)
    folder = workspace.service.task_folder(task_of(workspace.ended(run_id), "a")["run_id"])
    workspace.service.delete_run(run_id)
    assert not folder.exists()
    with pytest.raises(ApiError, match="does not exist"):
        workspace.service.get_run(run_id)


def test_a_full_disk_ends_the_run_and_the_next_one_works(workspace: Workspace) -> None:
    runs = workspace.settings.runs
    runs.parent.mkdir(exist_ok=True)
    runs.write_text("in the way of every run folder")
    run = workspace.run(workspace.task("a", ECHO))
    assert run["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert "The task could not be started" in task_of(run, "a")["state"]["state_message"]
    runs.unlink()
    assert workspace.run(workspace.task("a", ECHO))["state"]["result_state"] == "SUCCESS"


def test_a_task_killed_from_outside_is_told_apart_from_one_that_vanished(workspace: Workspace) -> None:
    killed = workspace.run(workspace.task("a", "import os; os.kill(os.getpid(), 9)"))
    assert killed["state"]["result_state"] == "FAILED"
    assert "signal SIGKILL" in killed["state"]["state_message"]
    vanished = workspace.run(
        workspace.task("a", "import os; os.kill(os.getppid(), 9); import time; time.sleep(600)")
    )
    assert vanished["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert "left no exit code" in vanished["state"]["state_message"]
