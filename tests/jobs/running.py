"""Runs the notebooks of a workflow one after the other in this process, as one run of the job would."""

import json
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml
from pyspark.sql import SparkSession

import lakeloop.config
from lakeloop.config import LabelledUseCase
from lakeloop.config.loading import SOURCES
from lakeloop.config.use_case.use_case import Role
from lakeloop.lifecycle import published
from tests.include.lakeloop.lifecycle.search.searched import SEARCH, SPLIT, frame_of
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case
from tests.jobs.tables import Tables

NOTEBOOKS = Path(__file__).resolve().parents[2] / "jobs" / "notebooks"
VISITS: dict[str, Any] = BINARY | {
    "source": "retail",
    "split": SPLIT,
    "baselines": [{"kind": "rule", "name": "rule of recency", "feature": "recency", "nulls": "highest"}],
    "models": [
        {"kind": "xgboost", "params": {"n_estimators": 20, "early_stopping_rounds": 5}},
        {"kind": "linear"},
    ],
    "search": SEARCH | {"trials": 3, "parallel": 1, "warm_start": False},
    "gate": {"floors": {"auc": ">= 0.5"}, "compare_by": "auc"},
}


class Left(Exception):  # noqa: N818  # no error: how ``dbutils.notebook.exit`` ends a notebook
    """Carries what the notebook ended with."""


class Workflow:
    """One run of the training workflow: its tables, its MLflow, and the values that its tasks set."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        self.folder, self.content = folder, VISITS
        self.pages: list[str] = []  # of HTML, as they were shown
        self.tables, self.values = Tables(folder / "tables"), dict[tuple[str, str], str]()
        self.change(**changes)
        for name in ("load_use_case", "load_labelled_use_case"):
            load = partial(getattr(lakeloop.config, name), folder=folder / "use_cases", sources=SOURCES)
            monkeypatch.setattr(lakeloop.config, name, load)
        builder = SimpleNamespace(getOrCreate=lambda: self.tables)
        monkeypatch.setattr(SparkSession, "builder", builder)
        monkeypatch.setenv("SPARK_CONNECT_MODE_ENABLED", "1")  # Spark's functions need no JVM then

    def change(self, **changes: Any) -> None:
        """The use case's file is another one from now on."""
        self.content = self.content | changes
        self.use_case: LabelledUseCase = use_case(self.content)
        _write_yaml(self.folder / "use_cases", self.content)

    def publish(self, frame: pd.DataFrame) -> None:
        """All rows of `frame`, labelled, as the tables that were published together."""
        case, label = self.use_case, self.use_case.task.label
        parts: dict[Role, pd.DataFrame] = {
            "features": frame.drop(columns=[label, "district"], errors="ignore"),
            "labels": frame[[*case.keys, label]],
            "training_set": frame,
        }
        versions = {
            f"{role}_version": self.tables.write(case.gold(role), part) for role, part in parts.items()
        }
        newest = {
            "newest_as_of": str(frame["as_of"].max()),
            "newest_labelled_as_of": str(frame["as_of"].max()),
        }
        said = {"published_at": pd.Timestamp.now(tz="UTC"), **versions, **newest, "entities": 40, "run": "r1"}
        self.tables.write(published.table(case), pd.DataFrame([said])[list(published.COLUMNS)])

    def run(self, task: str, **given: str) -> dict[str, Any]:
        """Runs a notebook to its end; returns its names. What it raises is raised."""
        names: dict[str, Any] = {
            "dbutils": self._dbutils(task, given),
            "display": lambda value: None,
            "displayHTML": self.pages.append,
        }
        file = NOTEBOOKS / f"{task}.py"
        try:
            exec(compile(file.read_text(encoding="utf-8"), file, "exec"), names)
        except Left as left:
            names["exit"] = json.loads(str(left))
        return names

    def _dbutils(self, task: str, given: dict[str, str]) -> Any:
        widgets = {
            "use_case": self.use_case.name,
            "target": "local",
            "job_run_id": "7",
            "candidate_run_id": "",
        } | given

        def leave(text: str) -> None:
            raise Left(text)

        def keep(key: str, value: str) -> None:
            self.values[task, key] = value

        def value_of(taskKey: str, key: str, debugValue: str) -> str:  # noqa: N803  # Databricks' names
            return self.values[taskKey, key]

        return SimpleNamespace(
            widgets=SimpleNamespace(text=widgets.setdefault, get=widgets.__getitem__),
            notebook=SimpleNamespace(exit=leave),
            jobs=SimpleNamespace(taskValues=SimpleNamespace(set=keep, get=value_of)),
        )

    def runs(self) -> int:
        """How many runs there are in MLflow: searches, trials, trainings and models."""
        client = mlflow.MlflowClient()
        experiments = [found.experiment_id for found in client.search_experiments()]
        return len(client.search_runs(experiments))


def rows_of(case: LabelledUseCase) -> pd.DataFrame:
    """A training set that can be searched, trained and judged: keys, period, features, label, and a district."""
    frame = frame_of(case)
    return frame.assign(district=np.where(frame["visitor"] % 2, "east", "west"))


def _write_yaml(folder: Path, content: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    text = yaml.safe_dump({key: value for key, value in content.items() if key != "name"})
    (folder / f"{content['name']}.yaml").write_text(text, encoding="utf-8")
