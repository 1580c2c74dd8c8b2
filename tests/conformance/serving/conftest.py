"""A registry with models, and a workspace that serves them."""

from collections.abc import Iterator

import pytest

from tests.conformance.serving.local_workspace import LocalWorkspace
from tests.include.lakeloop.lifecycle.serving.scorers import Registry, booster, until


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    made = Registry(tmp_path_factory.mktemp("mlflow"))
    made.register(booster(seed=1))
    made.register(booster(seed=2, base=1.0))
    yield made
    made.process.terminate()
    made.process.wait(30)


@pytest.fixture(scope="session")
def broken_version(registry: Registry) -> str:
    """A version whose recorded answers are not its own."""
    return registry.register(booster(seed=3), wrong=0.1)


@pytest.fixture(scope="session")
def running(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorkspace]:
    made = LocalWorkspace(tmp_path_factory.mktemp("workspace"), registry.uri)
    yield made
    made.end()
    assert made.scorers() == []


@pytest.fixture
def workspace(running: LocalWorkspace) -> Iterator[LocalWorkspace]:
    """Without any endpoint, before and after."""
    yield running
    api = running.client.serving_endpoints
    for endpoint in api.list():
        api.delete(str(endpoint.name))
    until(lambda: running.scorers() == [], running.folder / "log")


@pytest.fixture(scope="session")
def model(registry: Registry) -> str:
    return registry.model
