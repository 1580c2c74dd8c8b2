"""Pin, train, and train again from what was pinned: the same figures and the same bits, with no server at all."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest

from lakeloop.config import FileSource, LabelledUseCase, Target
from lakeloop.config.use_case.task import Linear, Model, XGBoost
from lakeloop.lifecycle.evaluation.metrics import evaluate
from lakeloop.lifecycle.reproduction import pinning, rerun, snapshot
from lakeloop.lifecycle.reproduction.recipe import Recipe, RecipeError
from lakeloop.lifecycle.reproduction.remote import Remote
from lakeloop.lifecycle.tracking import log_model
from lakeloop.lifecycle.training import models
from lakeloop.lifecycle.training.parts import known, training_rows
from lakeloop.lifecycle.training.splits import TimeSplit

TREES = XGBoost(kind="xgboost", params={"subsample": 0.7, "colsample_bytree": 0.5, "n_estimators": 30})
MODELS = {"trees": TREES, "linear": Linear(kind="linear")}


class Museum:
    """As much of a source as a target asks of it."""

    name, landing = "museum", "landing/museum"


@pytest.fixture
def pinned(
    s3: Any,
    remote: Remote,
    target: Target,
    visits: LabelledUseCase,
    frame: pd.DataFrame,
    features: list[str],
    split: TimeSplit,
) -> pinning.Pinned:
    s3.put_object(Bucket="lakeloop", Key="landing/museum/visits/a", Body=b"one")
    source: FileSource = Museum()  # type: ignore[assignment]
    return pinning.pin(
        remote, target, source, visits, frame, frame[["visitor", "as_of", "gone"]], features, split
    )


@pytest.fixture
def logged(
    pinned: pinning.Pinned,
    remote: Remote,
    visits: LabelledUseCase,
    frame: pd.DataFrame,
    split: TimeSplit,
    client: mlflow.MlflowClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Model], tuple[Path, models.Trained]]:
    """Trains and logs as the notebook does; returns the folder that a reproduction starts from."""
    monkeypatch.setattr(rerun, "load_labelled_use_case", lambda name: {visits.name: visits}[name])

    def inner(model: Model) -> tuple[Path, models.Trained]:
        rows = training_rows(frame, split, pinned.features, visits.task)
        trained = models.train(model, visits.task, *rows)
        with mlflow.start_run(tags=pinned.tags) as run:
            pinned.log("it", model, trained.params)
            log_model(trained.final, "model", rows.train[0].head(5))
        for artifact in ("reproduce", "model"):
            mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/{artifact}", dst_path=str(tmp_path))
        folder = tmp_path / "reproduce"
        (tmp_path / "model").rename(folder / "model")
        bring(remote, pinned.snapshot.md5, folder / "snapshot")
        return folder, trained

    return inner


def bring(remote: Remote, tree: str, folder: Path) -> None:
    """What ``dvc pull`` does; tests/conformance/dvc has the real one."""
    for entry in json.loads(remote.read(remote.key(tree)) or b""):
        file = folder / entry["relpath"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(remote.read(remote.key(entry["md5"])) or b"")


@pytest.mark.parametrize("kind", MODELS)
def test_the_same_bits_come_out(
    kind: str,
    logged: Any,
    pinned: pinning.Pinned,
    visits: LabelledUseCase,
    frame: pd.DataFrame,
    split: TimeSplit,
) -> None:
    folder, trained = logged(MODELS[kind])

    result = rerun.rerun(folder)

    x, y = known(split.holdout.rows(frame), pinned.features, visits.task)
    expected = models.predict(trained.final, visits.task, x)
    assert result["predictions"]["differing"] == 0
    assert result["predictions"]["then"] == result["predictions"]["now"]
    assert result["predictions"]["rows"] == len(y) == 270
    assert result["metrics"].items() >= evaluate("binary", y, expected).metrics("holdout").items()
    assert result["data_hashes"] == json.loads(pinned.tags["data_hashes"])
    assert json.loads((folder / "reproduced.json").read_text()) == result


def test_another_seed_is_found_out(logged: Any) -> None:
    folder, _ = logged(TREES)
    recipe = json.loads((folder / "recipe.json").read_text())
    recipe["model"]["params"]["seed"] = 1
    (folder / "recipe.json").write_text(json.dumps(recipe))

    result = rerun.rerun(folder)

    assert result["determined_by"]["seed"] == 1
    assert 0 < result["predictions"]["differing"] <= 270
    assert result["predictions"]["largest_difference"] > 0


def test_one_row_that_differs_in_its_last_bit_is_found_out() -> None:
    then = np.linspace(0, 1, 5)
    now = then.copy()
    now[2] = np.nextafter(now[2], 1)

    found = rerun.compared(then, now)

    assert found["differing"] == 1
    assert found["then"] != found["now"]


def test_the_run_says_what_it_was_made_of(
    pinned: pinning.Pinned, logged: Any, client: mlflow.MlflowClient
) -> None:
    folder, _ = logged(TREES)

    run = client.search_runs([client.get_experiment_by_name("tests").experiment_id], max_results=1)[0]  # type: ignore[union-attr]
    assert set(json.loads(run.data.tags["data_hashes"])) == {"training", "holdout", "features"}
    assert json.loads(run.data.tags["dvc"])["snapshot"] == pinned.snapshot.md5
    assert len(run.data.tags["lock_hash"]) == 64
    made = json.loads(run.data.tags["determined_by"])
    assert (made["seed"], made["threads"]) == (2017, 1)
    assert all(len(value) <= 1000 for value in pinned.tags.values())  # Unity Catalog takes no longer tag
    assert {"recipe.json", "snapshot.dvc", "landing.dvc"} <= {file.name for file in folder.iterdir()}


def test_rows_that_come_month_by_month_are_pinned_as_the_same_files(
    pinned: pinning.Pinned,
    remote: Remote,
    target: Target,
    visits: LabelledUseCase,
    frame: pd.DataFrame,
    split: TimeSplit,
) -> None:
    """As from a driver that has only the rows that judge."""
    source: FileSource = Museum()  # type: ignore[assignment]
    history, judged = frame[["visitor", "as_of", "gone"]], split.holdout.rows(frame)
    months = snapshot.by_month(frame, "as_of")

    again = pinning.pin(remote, target, source, visits, judged, history, pinned.features, split, iter(months))

    assert again.snapshot == pinned.snapshot
    assert "data_hashes" in pinned.tags
    assert "data_hashes" not in again.tags


def test_a_file_that_is_no_recipe_is_named(tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_text('{"use_case": "visits"}')

    with pytest.raises(RecipeError, match=r"recipe\.json holds no recipe of this revision"):
        Recipe.read(tmp_path / "recipe.json")
