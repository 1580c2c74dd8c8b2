"""A version of a ranking has to load and to suggest before it serves again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from lakeloop.config import RankingUseCase
from lakeloop.lifecycle import sql
from lakeloop.lifecycle.deployment.probe import ProbeFailedError
from lakeloop.lifecycle.ranking.probe import probe


def warehouse(rows: list[dict[str, Any]], published: bool = True, gone: bool = False) -> sql.Run:
    """Answers the probe's statements as a warehouse does."""
    moment = (datetime(2021, 1, 10, tzinfo=UTC) - sql.EPOCH) // sql.MICROSECOND
    numbers = ("features_version", "labels_version", "training_set_version", "entities")
    newest = dict.fromkeys(numbers, 3) | {
        "newest_as_of": "2021-01-02",
        "newest_labelled_as_of": "2020-12-26",
        "run": "r",
        "published_at": moment,
    }

    def run(statement: str) -> list[dict[str, Any]]:
        if statement.startswith("SHOW"):
            return [{"tableName": "published_features"}] if published else []
        if "published_features" in statement:
            return [newest]
        if gone:
            raise RuntimeError("[DELTA_VERSION_NOT_FOUND] no version 3")
        return rows

    return run


@pytest.fixture
def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    chosen = table[table["entity"].isin(["e1", "e2", "e3"])]
    return [{str(name): value for name, value in row.items()} for row in chosen.to_dict("records")]


@pytest.fixture
def version(files: Path) -> Any:
    return mlflow.pyfunc.load_model(str(files))


def test_it_suggests_to_its_example_and_to_entities_of_the_newest_period(
    version: Any, rows: list[dict[str, Any]], use_case: RankingUseCase
) -> None:
    found = probe(warehouse(rows), use_case, "version 2 of rooms", version)

    assert (found.example_rows, found.feature_rows, found.as_of) == (3, 3, "2021-01-02")
    assert found.lowest < found.highest


def test_nothing_published_shows_nothing(version: Any, use_case: RankingUseCase) -> None:
    with pytest.raises(ProbeFailedError, match="no features of rooms are published"):
        probe(warehouse([], published=False), use_case, "version 2", version)


def test_a_version_of_the_table_that_is_gone_is_named(version: Any, use_case: RankingUseCase) -> None:
    with pytest.raises(
        ProbeFailedError, match=r"version 3 of rooms_gold\.interactions, .* is gone: run rooms_transform"
    ):
        probe(warehouse([], gone=True), use_case, "version 2", version)


@pytest.mark.parametrize(
    ("items", "scores", "said"),
    [
        (["a", "a"], [1.0, 0.5], "empty or with an item twice"),
        (["a", "b"], [1.0, float("nan")], r"[1-9]\d* scores that are no finite number"),
        ([], [], r"[1-9]\d* of them empty"),
    ],
)
def test_answers_that_are_none_are_refused(
    version: Any, rows: list[dict[str, Any]], use_case: RankingUseCase, items: Any, scores: Any, said: str
) -> None:
    class Wrong:
        metadata, input_example = version.metadata, version.input_example

        def predict(self, asked: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame({"items": [items] * len(asked), "scores": [scores] * len(asked)})

    with pytest.raises(ProbeFailedError, match=said):
        probe(warehouse(rows), use_case, "version 2", Wrong())


def test_a_version_that_cannot_suggest_is_named(version: Any, use_case: RankingUseCase) -> None:
    weightless = [{"entity": "e1", "item": "a", "group": "", "at": 1, "weight": -1.0}]

    with pytest.raises((ProbeFailedError, ValueError), match="weight"):
        probe(warehouse(weightless), use_case, "version 2 of rooms", version)
