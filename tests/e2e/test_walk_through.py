"""docs/add-a-use-case.md does what it says: its commands add a use case of other data and close its loop.

Then the use case is changed as its owner would, and deployed: what becomes of a training that is refused, of one that
fails, and of a feature that is dropped while the champion uses it.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from mlflow import MlflowClient

from lakeloop_stack.loop.airflow_api import AirflowApi, DagRun
from lakeloop_stack.machine.settings import ROOT
from localbricks_testing.waiting import wait_until

COMMANDS = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DRAWN_UP = (
    "include/sources/rides.yaml",
    "include/use_cases/rides.yaml",
    "dbt_project/models/sources/_rides.yml",
    "dbt_project/models/rides",
)
FILE = ROOT / "include" / "use_cases" / "rides.yaml"
MODEL = "dev.rides_ml.rides"
STATIONS = 20

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def walked(stack: dict[str, str]) -> Iterator[str]:
    """The use case of docs/add-a-use-case.md: what the page's commands printed, in the order of the page.

    What they wrote into the repository is removed before the next module: every later test, and every stack started
    again, would find one more use case in it.
    """
    present = [path for path in DRAWN_UP if (ROOT / path).exists()]
    assert not present, f"{present} would be overwritten: an earlier walk was cut off; remove them"
    page = (ROOT / "docs" / "add-a-use-case.md").read_text(encoding="utf-8")
    script = "set -e\n" + "\n".join(COMMANDS.findall(page))
    try:
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=stack, capture_output=True, text=True, timeout=1500
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        yield done.stdout + done.stderr
    finally:
        for path in DRAWN_UP:
            _remove(ROOT / path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@pytest.fixture
def train(walked: str, lakeloop: Callable[..., str], trigger: Callable[..., DagRun]) -> Callable[..., DagRun]:
    """Changes keys of the use case, deploys, trains whatever the schedule says, and leaves the file as it was."""

    def changed(**keys: Any) -> DagRun:
        before = FILE.read_text(encoding="utf-8")
        try:
            FILE.write_text(yaml.safe_dump({**yaml.safe_load(before), "retries": 0, **keys}, sort_keys=False))
            lakeloop("up")
            return trigger("rides_train", force=True)
        finally:
            FILE.write_text(before, encoding="utf-8")

    return changed


def champion(client: MlflowClient) -> str:
    return str(client.get_model_version_by_alias(MODEL, "champion").version)


def test_what_was_drawn_up_passes_the_check(walked: str) -> None:
    assert re.search(r"All is well with .*rides", walked)


def test_the_loop_closes_with_a_champion(walked: str, mlflow_client: MlflowClient) -> None:
    assert "The loop of rides is closed" in walked
    version = mlflow_client.get_model_version_by_alias(MODEL, "champion")
    assert version.tags["validation_status"] == "passed"
    assert float(version.tags["holdout_wape"]) < 1


def test_every_station_is_scored(walked: str, read: Callable[[str], pa.Table]) -> None:
    scores = read("rides_ml.scores").to_pandas()
    assert scores["station"].nunique() == len(scores) == STATIONS
    assert set(scores["as_of"].astype(str)) == {"2024-07-18"}
    assert (scores["expected_events"] > 0).all()


def test_a_refused_training_is_a_run_that_says_so_and_changes_nothing(
    train: Callable[..., DagRun],
    states: Callable[[DagRun], dict[str, str | None]],
    mlflow_client: MlflowClient,
) -> None:
    before = champion(mlflow_client)
    run = train(gate={"floors": {"wape": "<= 0.0001"}, "compare_by": "wape"})
    tasks = states(run)
    assert (run.state, tasks["refused"], tasks["passed"]) == ("success", "success", "skipped")
    assert tasks["champion_stands"] == "success"
    refused = max(mlflow_client.search_model_versions(f"name = '{MODEL}'"), key=lambda v: int(v.version))
    tags = mlflow_client.get_model_version(MODEL, refused.version).tags
    assert tags["validation_status"] == "refused"
    assert "0.0001" in tags["validation_reason"]
    assert champion(mlflow_client) == before


def test_a_failed_training_is_a_failed_run(
    train: Callable[..., DagRun],
    states: Callable[[DagRun], dict[str, str | None]],
    mlflow_client: MlflowClient,
) -> None:
    before = champion(mlflow_client)
    run = train(models=[{"kind": "xgboost", "params": {"max_depth": -5}}])
    tasks = states(run)
    assert (run.state, tasks["model.train"]) == ("failed", "failed")
    assert tasks["champion_stands"] not in ("success", "skipped")
    assert champion(mlflow_client) == before


def test_a_feature_can_be_dropped_while_the_champion_uses_it(
    walked: str,
    lakeloop: Callable[..., str],
    trigger: Callable[..., DagRun],
    states: Callable[[DagRun], dict[str, str | None]],
    api: AirflowApi,
    mlflow_client: MlflowClient,
) -> None:
    """Scoring refuses until the successor is promoted, which is judged without the champion."""
    before, since = champion(mlflow_client), datetime.now(UTC)
    # a score that is refused is refused as well when it is tried again
    FILE.write_text(yaml.safe_dump({**yaml.safe_load(FILE.read_text(encoding="utf-8")), "retries": 0}))
    for file in ("gold/rides__features.sql", "_rides.yml"):
        path = ROOT / "dbt_project" / "models" / "rides" / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "events_trend" not in line), encoding="utf-8")
    lakeloop("up")
    assert trigger("rides_transform").state == "success"
    refusing = wait_until(
        lambda: ended(api, "rides_score", since, "failed"), "the score that is refused", 900
    )
    assert states(refusing)["score"] == "failed"

    assert states(trigger("rides_train", force=True))["passed"] == "success"
    wait_until(lambda: ended(api, "rides_score", refusing.run_after, "success"), "the successor's score", 900)
    assert int(champion(mlflow_client)) > int(before)


def test_clearing_an_old_promotion_brings_no_old_champion_back(
    walked: str, clear: Callable[[DagRun, str], None], api: AirflowApi, mlflow_client: MlflowClient
) -> None:
    """The last test's successor stands; the run that had promoted the first champion is cleared by hand."""
    first = api.runs(["rides_deploy"], datetime(2024, 1, 1, tzinfo=UTC))[0]
    before = champion(mlflow_client)
    assert task_state(api, first, "promote") == "success"

    clear(first, "promote")

    refused = ("failed", "up_for_retry")
    wait_until(lambda: task_state(api, first, "promote") in refused, "the refusal of the old version", 600)
    assert champion(mlflow_client) == before


def task_state(api: AirflowApi, run: DagRun, task_id: str) -> str | None:
    return next(task.state for task in api.tasks(run) if task.task_id == task_id)


def ended(api: AirflowApi, dag_id: str, since: datetime, state: str) -> DagRun | None:
    """The newest run since then, when it has ended like this."""
    runs = [run for run in api.runs([dag_id], since) if run.state == state]
    return runs[-1] if runs else None
