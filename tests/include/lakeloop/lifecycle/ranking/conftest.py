"""A ranking of a museum's visitors, a model of it, and its judgement; made once."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from lakeloop.config import RankingUseCase
from lakeloop.lifecycle.published import PublishedFeatures
from lakeloop.lifecycle.ranking import logged
from lakeloop.lifecycle.ranking.judgement import Judged, judge
from lakeloop.lifecycle.ranking.split import Parts, ms_at_end, parts_of
from rankstream import Model, fit, settings_of
from rankstream_testing import BEGIN, SMALL, world

SETTINGS = {name: getattr(SMALL, name) for name in SMALL.__struct_fields__ if name != "horizon_days"}
CONTENT: dict[str, Any] = {
    "kind": "ranking",
    "name": "rooms",
    "description": "Which rooms will a visitor of a museum see in the next 7 days?",
    "owner": "tests",
    "source": "museum",
    "entity": {"keys": {"visitor": "string"}, "noun": ["visitor", "visitors"]},
    "period": {"unit": "week", "first": "2020-09-13"},
    "question": {"active": 4, "horizon": 1},
    "split": {"holdout": 4, "min_train": 6},
    "ranking": {"item": "room", "group": "floor", "at": "seen_at", "weight": "minutes", "settings": SETTINGS},
    "baselines": ["popularity", "co_occurrence"],
    "simpler_models": ["habit"],
    "gate": {"floors": {"ndcg_at_10": ">= 0.3"}, "baselines": {"not_distinguishable": "refuse"}},
    "retrain": {"every": 4},
    "score": {"cron": "0 3 * * *"},
}


def ranking(**changes: Any) -> RankingUseCase:
    """The use case that a YAML file of `CONTENT` with changes would describe."""
    return RankingUseCase.model_validate_json(json.dumps(CONTENT | changes))


def published(use_case: RankingUseCase, newest: int) -> PublishedFeatures:
    """A publication whose newest period is `newest`."""
    as_of = use_case.period.as_of(newest).isoformat()
    return PublishedFeatures(datetime(2021, 1, 20, tzinfo=UTC), 1, 1, 1, as_of, None, 60, None)


@pytest.fixture(scope="session")
def use_case() -> RankingUseCase:
    return ranking()


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    assert BEGIN == 1_600_000_000_000  # a Sunday, with which the first period begins
    return world()


@pytest.fixture(scope="session")
def parts(use_case: RankingUseCase, table: pd.DataFrame) -> Parts:
    return parts_of(use_case, table, published(use_case, 15))


@pytest.fixture(scope="session")
def candidate(use_case: RankingUseCase, table: pd.DataFrame, parts: Parts) -> Model:
    return fit(parts.learnt_from(table), settings_of(use_case.settings))


@pytest.fixture(scope="session")
def judged(candidate: Model, use_case: RankingUseCase, table: pd.DataFrame, parts: Parts) -> Judged:
    return judge(candidate, None, parts.known(table, use_case.question.horizon), 200)


@pytest.fixture
def files(client: MlflowClient, candidate: Model, table: pd.DataFrame, parts: Parts, tmp_path: Path) -> Path:
    """The candidate as an MLflow model in a folder."""
    asked = logged.example(parts.learnt_from(table), ms_at_end(parts.train.period, parts.train.last))
    with mlflow.start_run() as run:
        logged.log(candidate, asked)
    return Path(mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model", dst_path=str(tmp_path)))
