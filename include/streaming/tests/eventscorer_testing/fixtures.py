"""Fixtures that a conftest imports: one broker and one Redis for all tests, scorers, and a model in a folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xgboost as xgb

from .broker import Broker, broker_in
from .definition import COUNTED
from .models import save_model
from .process import Scorer
from .redis import redis_in
from .topics import NAMES, SCHEMA


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker_in(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the model."""
    return tmp_path_factory.mktemp("models") / "m"


@pytest.fixture(scope="session")
def booster(folder: Path) -> xgb.Booster:
    return save_model(folder, NAMES)


@pytest.fixture
def configured(
    broker: Broker, booster: xgb.Booster, folder: Path, request: pytest.FixtureRequest
) -> dict[str, Any]:
    """A configuration on topics of the test's own, which it makes."""
    topic = request.node.name.replace("[", ".").replace("]", "")[:80]
    broker.topics(topic, f"{topic}.decisions", f"{topic}.dead_letters")
    return {
        "topic": topic,
        "group": topic,
        "schema": SCHEMA,
        "features": NAMES,
        "model": {"name": "m", "folder": str(folder)},
        "kafka": broker.settings,
        "metrics_port": 0,
    }


@pytest.fixture
def stateful(configured: dict[str, Any], redis_url: str) -> dict[str, Any]:
    """The same with features that keep a state, in a namespace of the test's own."""
    store = {"url": redis_url, "namespace": configured["topic"]}
    return {**configured, "features": [], "definition": COUNTED, "store": store}


@pytest.fixture
def scorer(tmp_path: Path) -> Iterator[Callable[..., Scorer]]:
    """Starts scorers; they end with the test."""
    started: list[Scorer] = []

    def start(config: dict[str, Any], kill_at: str = "") -> Scorer:
        started.append(Scorer(tmp_path, config, kill_at))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_in(tmp_path_factory.mktemp("redis")) as url:
        yield url
