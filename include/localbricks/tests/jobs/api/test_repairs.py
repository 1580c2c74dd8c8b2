"""``runs/repair``: tasks are run again as part of the run that had them."""

from pathlib import Path
from typing import Any

import pytest

from localbricks.api_errors import ApiError
from localbricks.jobs.requests.models import RepairRun
from localbricks_testing.workspace import Workspace, results, task_of

ECHO = "import sys; print(*sys.argv[1:])"
UNTIL = "import os, sys; sys.exit(not os.path.exists('{}'))"


def repair(workspace: Workspace, run: dict[str, Any], **fields: Any) -> int:
    return workspace.service.repair(RepairRun.model_validate({"run_id": run["run_id"], **fields}))


def repaired(workspace: Workspace, run: dict[str, Any], **fields: Any) -> dict[str, Any]:
    repair(workspace, run, **fields)
    workspace.ended(run["run_id"])
    return workspace.service.get_run(run["run_id"], include_history=True)


@pytest.fixture
def mended(tmp_path: Path) -> Path:
    """A file; the task ``bad`` fails as long as it is not there."""
    return tmp_path / "mended"


@pytest.fixture
def failed(workspace: Workspace, mended: Path) -> dict[str, Any]:
    """A run of a job: ``good`` succeeded, ``bad`` failed, ``after`` was skipped for it."""
    job = workspace.job(
        workspace.task("good", ECHO, ["{{job.repair_count}}"]),
        workspace.task("bad", UNTIL.format(mended)),
        workspace.task(
            "after",
            ECHO,
            ["{{job.parameters.day}} {{job.repair_count}} {{tasks.bad.execution_count}}"],
            depends_on=[{"task_key": "bad"}],
        ),
        parameters=[{"name": "day", "default": "monday"}],
    )
    return workspace.ended(workspace.run_now(job))


def test_failed_and_skipped_tasks_are_run_again_and_the_history_tells_it(
    workspace: Workspace, failed: dict[str, Any], mended: Path
) -> None:
    mended.touch()
    run = repaired(workspace, failed, rerun_all_failed_tasks=True, job_parameters={"day": "friday"})
    assert run["state"]["result_state"] == "SUCCESS"
    assert results(run) == {"good": "SUCCESS", "bad": "SUCCESS", "after": "SUCCESS"}
    keys = [task["task_key"] for task in run["tasks"]]
    assert (keys.count("good"), keys.count("bad"), keys.count("after")) == (1, 2, 2)
    assert workspace.output(run, "after")["logs"] == "friday 1 2\n"
    original, second = run["repair_history"]
    assert (original["type"], original["state"]["result_state"]) == ("ORIGINAL", "FAILED")
    assert original["state"] == failed["state"]
    assert (second["type"], second["state"]) == ("REPAIR", run["state"])
    assert second["task_run_ids"] == [task_of(run, key)["run_id"] for key in ("bad", "after")]
    assert original["task_run_ids"] == [task["run_id"] for task in failed["tasks"]]
    assert "id" not in original
    assert second["id"] > original["task_run_ids"][-1]
    assert "repair_history" not in workspace.service.get_run(run["run_id"])


def test_a_run_that_was_never_repaired_has_a_history_of_one(
    workspace: Workspace, failed: dict[str, Any]
) -> None:
    (only,) = workspace.service.get_run(failed["run_id"], include_history=True)["repair_history"]
    assert (only["type"], only["start_time"], only["end_time"]) == (
        "ORIGINAL",
        failed["start_time"],
        failed["end_time"],
    )


def test_named_tasks_are_run_again_alone_or_with_what_depends_on_them(
    workspace: Workspace, failed: dict[str, Any], mended: Path
) -> None:
    mended.touch()
    run = repaired(workspace, failed, rerun_tasks=["bad"])
    assert results(run) == {"good": "SUCCESS", "bad": "SUCCESS", "after": "UPSTREAM_FAILED"}
    latest = run["repair_history"][-1]["id"]
    run = repaired(
        workspace, failed, rerun_tasks=["bad"], rerun_dependent_tasks=True, latest_repair_id=latest
    )
    assert run["state"]["result_state"] == "SUCCESS"
    assert task_of(run, "bad")["attempt_number"] == 2
    assert len(run["repair_history"]) == 3


def test_a_repair_has_retries_of_its_own(workspace: Workspace) -> None:
    run = workspace.run(workspace.task("a", "import sys; sys.exit(3)", max_retries=1))
    run = repaired(workspace, run, rerun_all_failed_tasks=True)
    assert [task["attempt_number"] for task in run["tasks"]] == [0, 1, 2, 3]


def test_a_repair_uses_the_settings_that_the_job_has_by_now(
    workspace: Workspace, failed: dict[str, Any]
) -> None:
    tasks = [workspace.task("bad", ECHO, ["mended by hand"]), workspace.task("new", ECHO, ["new"])]
    workspace.service.jobs.update(failed["job_id"], {"tasks": tasks}, [])
    run = repaired(workspace, failed, rerun_all_failed_tasks=True)
    assert workspace.output(run, "bad")["logs"] == "mended by hand\n"
    assert workspace.output(run, "new")["logs"] == "new\n"
    assert run["state"]["result_state"] == "SUCCESS"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rerun_tasks": ["ugly"]}, r"rerun_tasks: 'ugly' is no task of the run; it has good, bad, after"),
        ({"rerun_all_failed_tasks": True, "latest_repair_id": 5}, "latest_repair_id: 5 is not the latest"),
        (
            {"rerun_all_failed_tasks": True, "job_parameters": {"month": "1"}},
            r"job_parameters\.month: the job defines day",
        ),
    ],
)
def test_what_cannot_be_repaired_is_refused_by_name(
    workspace: Workspace, failed: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ApiError, match=message):
        repair(workspace, failed, **fields)
    assert workspace.service.get_run(failed["run_id"]) == failed


def test_a_second_repair_must_name_the_first(workspace: Workspace, failed: dict[str, Any]) -> None:
    repaired(workspace, failed, rerun_all_failed_tasks=True)
    with pytest.raises(ApiError, match="The latest repair ID needs to be provided"):
        repair(workspace, failed, rerun_all_failed_tasks=True)


def test_only_what_has_ended_and_failed_can_be_repaired(workspace: Workspace) -> None:
    run_id = workspace.submit(workspace.task("a", "import time; time.sleep(600)"))
    going = workspace.service.get_run(run_id)
    with pytest.raises(ApiError, match="has not ended"):
        repair(workspace, going, rerun_all_failed_tasks=True)
    with pytest.raises(ApiError, match="is a task's"):
        repair(workspace, going["tasks"][0], rerun_all_failed_tasks=True)
    done = workspace.run(workspace.task("a", ECHO))
    with pytest.raises(ApiError, match="no task of the run has failed"):
        repair(workspace, done, rerun_all_failed_tasks=True)
