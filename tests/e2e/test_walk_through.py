"""docs/add-a-use-case.md does what it says: its commands add a use case of other data and close its loop."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from mlflow import MlflowClient

from lakeloop_stack.machine.settings import ROOT

PAGE = ROOT / "docs" / "add-a-use-case.md"
COMMANDS = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MADE = (
    "include/sources/rides.yaml",
    "include/use_cases/rides.yaml",
    "dbt_project/models/sources/_rides.yml",
    "dbt_project/models/rides",
)
STATIONS = 20

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def walked(stack: dict[str, str]) -> Iterator[str]:
    """What the page's commands printed, in the order of the page; what they wrote is removed at the end."""
    present = [path for path in MADE if (ROOT / path).exists()]
    assert not present, f"{present} would be overwritten: an earlier walk was cut off; remove them"
    script = "set -e\n" + "\n".join(COMMANDS.findall(PAGE.read_text(encoding="utf-8")))
    try:
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=stack, capture_output=True, text=True, timeout=1500
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        yield done.stdout + done.stderr
    finally:
        for path in MADE:
            remove(ROOT / path)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def test_what_was_drawn_up_passes_the_check(walked: str) -> None:
    assert re.search(r"All is well with .*rides", walked)


def test_the_loop_closes_with_a_champion(walked: str, mlflow_client: MlflowClient) -> None:
    assert "The loop of rides is closed" in walked
    champion = mlflow_client.get_model_version_by_alias("dev.rides_ml.rides", "champion")
    assert champion.tags["validation_status"] == "passed"
    assert float(champion.tags["holdout_wape"]) < 1


def test_every_station_is_scored(walked: str, read: Callable[[str], pa.Table]) -> None:
    scores = read("rides_ml.scores").to_pandas()
    assert scores["station"].nunique() == len(scores) == STATIONS
    assert set(scores["as_of"].astype(str)) == {"2024-07-18"}
    assert (scores["expected_events"] > 0).all()
