"""Card and report say where a model comes from: all that its run carries, and nothing else."""

import json
from dataclasses import replace

import pytest

from lakeloop.lifecycle.evaluation.gate import Champion, Decision
from lakeloop.lifecycle.report import card, page
from lakeloop.lifecycle.report.origin import NOT_RECORDED, origin
from tests.include.lakeloop.lifecycle.report.conftest import TAGS, Make

DOCUMENTS = ("data_versions", "data_hashes", "dvc", "determined_by")


def values() -> list[str]:
    """Each value that the tags of a run hold, but the model's own name and kinds."""
    inside = [
        str(value) for tag in DOCUMENTS for value in json.loads(TAGS[tag]).values() if value is not None
    ]
    return inside + [value for tag, value in TAGS.items() if tag not in DOCUMENTS]


@pytest.mark.parametrize("view", [card.markdown, card.html, page.page])
def test_each_thing_that_the_run_carries_is_told(findings: Make, view: object) -> None:
    text = view(findings())  # type: ignore[operator]

    missing = [value for value in values() if value not in text and value != "XGBoost"]
    assert missing == []


def test_it_is_told_by_name(findings: Make) -> None:
    assert origin(findings()) == {
        "table visits_gold.features": "Delta version 5",
        "table visits_gold.training_set": "Delta version 7",
        "rows that trained, SHA-256": "7e57",
        "rows of the holdout, SHA-256": "401d",
        "all rows as models see them, SHA-256": "fea7",
        "rows in the DVC remote, MD5": "5a4e.dir",
        "raw files in the DVC remote, MD5": "none",
        "fit on": "2020-01-06..2020-06-01",
        "early stopping on": "2020-06-08..2020-06-22",
        "trained through": "2020-06-22",
        "judged on (holdout)": "2020-07-06..2020-08-31",
        "trained because": "first model",
        "trained on": "driver",
        "trained there because": "200 rows fit",
        "code revision": "abc123",
        "lock, SHA-256": "10c4",
        "target": "dev",
        "seed": "11",
        "threads": "1",
        "Python": "3.11.9",
        "processor": "x86_64",
        "MLflow run": "run1",
        "training run": "a-training",
        "search run": "a-search",
        "workflow run": "77",
        "compared with champion": "there was none",
    }


def test_what_is_not_recorded_is_said_to_be_missing(findings: Make) -> None:
    found = origin(replace(findings(), tags={}, decision=Decision([], Champion("3"))))

    assert found["rows that trained, SHA-256"] == found["seed"] == found["lock, SHA-256"] == NOT_RECORDED
    assert found["search run"] == "none: its parameters are those of the use case"
    assert found["compared with champion"] == "version 3"


def test_a_model_that_draws_nothing_has_no_seed(findings: Make) -> None:
    drawn = {"determined_by": json.dumps({"seed": None, "threads": 1})}

    assert origin(replace(findings(), tags=drawn))["seed"] == "none"
