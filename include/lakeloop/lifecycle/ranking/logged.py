"""A rankstream model as an MLflow model that needs nothing of this package, and back."""

import tempfile
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import Model

import rankstream
from lakeloop.lifecycle import registry, tracking
from lakeloop.lifecycle.ranking.interactions import last
from rankstream import folder, pyfunc
from rankstream.interactions import ordered

LOADER = "rankstream.pyfunc"
EXAMPLES, MOST_INTERACTIONS = 3, 50


def histories(table: pd.DataFrame, now: int) -> pd.DataFrame:
    """What a logged model asks for, a row for each entity (the index): its interactions, and the moment (ms)."""
    grouped = ordered(table).groupby("entity", sort=True)
    of = {"items": "item", "groups": "group", "at": "at", "weights": "weight"}
    lists = {name: grouped[column].agg(list) for name, column in of.items()}
    return pd.DataFrame(lists).assign(now=now)


def example(table: pd.DataFrame, now: int) -> pd.DataFrame:
    """A few entities with their newest interactions, as of `now` (ms)."""
    entities = pd.Series(sorted(table["entity"].unique())[:EXAMPLES])
    return histories(last(table, entities, MOST_INTERACTIONS), now).reset_index(drop=True)


def log(model: rankstream.Model, asked: pd.DataFrame) -> None:
    """Logs the model under the current run, with its code, signature, and what it says about the example `asked`."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "recommender"
        folder.save(model, place)
        answers = pyfunc.Suggesting(rankstream.Recommender(model)).predict(asked)
        mlflow.pyfunc.log_model(
            name=registry.MODEL,
            loader_module=LOADER,
            data_path=str(place),
            code_paths=[str(Path(rankstream.__file__).parent)],
            signature=tracking.signature(asked, answers),
            input_example=asked,
            metadata={tracking.EXAMPLE_ANSWERS: plain(answers)},
            pip_requirements=tracking.requirements("xgboost", "scipy", "msgspec", "numpy"),
        )


def plain(answers: pd.DataFrame) -> list[dict[str, Any]]:
    """Answers as JSON has them."""
    columns = zip(answers["items"], answers["scores"], strict=True)
    return [{"items": list(items), "scores": [float(score) for score in scores]} for items, scores in columns]


def apart(answers: list[dict[str, Any]], others: list[dict[str, Any]]) -> float:
    """The largest difference between scores of the same items; infinite where the items differ."""
    if [one["items"] for one in answers] != [one["items"] for one in others]:
        return float("inf")
    differences = [
        np.abs(np.subtract(one["scores"], other["scores"])).max(initial=0.0)
        for one, other in zip(answers, others, strict=True)
    ]
    return float(max(differences, default=0.0))


def model_in(files: Path) -> rankstream.Model:
    """The model in the folder of an MLflow model. Raises ModelError."""
    flavor = Model.load(files).flavors["python_function"]
    if flavor.get("loader_module") != LOADER:
        raise rankstream.ModelError(f"{files} is loaded by {flavor.get('loader_module')}; expected {LOADER}")
    return folder.load(files / flavor["data"])
