"""Models in a temporary folder, and servers that end with their test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xgboost as xgb

from oipscorer_testing import models
from oipscorer_testing.server import Server


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds churn-1, churn-2, churn-3, of one signature and different answers, and multi."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def boosters(folders: Path) -> dict[str, xgb.Booster]:
    """By the name of their folder."""
    made = {f"churn-{n}": models.saved(folders / f"churn-{n}", seed=n) for n in (1, 2, 3)}
    return made | {"multi": models.saved(folders / "multi", models.MULTI, model_format="json")}


@pytest.fixture(scope="session")
def booster(boosters: dict[str, xgb.Booster]) -> xgb.Booster:
    return boosters["churn-1"]


@pytest.fixture
def start(boosters: dict[str, xgb.Booster]) -> Iterator[Callable[..., Server]]:
    """Starts servers."""
    started: list[Server] = []

    def inner(*arguments: str) -> Server:
        started.append(Server(*arguments))
        return started[-1]

    yield inner
    for server in started:
        server.close()


@pytest.fixture(scope="module")
def server(folders: Path, boosters: dict[str, xgb.Booster]) -> Iterator[Server]:
    """One server for tests that change nothing: churn with version 1, and multi."""
    models = ("--model", f"churn={folders}/churn-1@1", "--model", f"multi={folders}/multi")
    made = Server(*models, "--max-body", "100000", "--root", str(folders))
    yield made
    made.close()
