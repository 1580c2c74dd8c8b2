"""A registry, and a scorer that follows it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lakeloop.lifecycle.serving.scorer import Scorer
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger
from tests.include.lakeloop.lifecycle.serving.scorers import MODEL, Registry, scorer


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    made = Registry(tmp_path_factory.mktemp("mlflow"))
    yield made
    made.process.terminate()
    made.process.wait(30)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def serving(registry: Registry, tmp_path: Path) -> Iterator[Callable[[], Scorer]]:
    """Starts the scorer once the aliases are set."""
    opened = []

    def inner() -> Scorer:
        context = scorer(tmp_path, registry.uri)
        address = context.__enter__()
        opened.append(context)
        made = Scorer(address, MODEL)
        made.refresh()
        return made

    yield inner
    for context in opened:
        context.__exit__(None, None, None)
