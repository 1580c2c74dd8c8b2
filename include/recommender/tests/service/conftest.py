"""A saved model, Redis, and services that end with their test."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from eventfeatures_testing.fixtures import redis_server
from eventfeatures_testing.servers import RedisServer
from rankstream import Model
from rankstream.folder import save
from rankstream_testing.server import Service

__all__ = ["redis_server"]
_NUMBERS = count()
Start = Callable[..., Service]


@pytest.fixture(scope="session")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "one"
    save(model, folder)
    return folder


@pytest.fixture
def namespace() -> str:
    """Of a test's own in the store."""
    return f"test{next(_NUMBERS)}"


@pytest.fixture
def start(saved: Path, redis_server: RedisServer, namespace: str, tmp_path: Path) -> Iterator[Start]:
    """Starts services; by default of the saved model on Redis."""
    started: list[Service] = []

    def inner(**config: Any) -> Service:
        folder = tmp_path / f"service-{len(started)}"
        folder.mkdir()
        given = {
            "model": {"folder": str(saved)},
            "store": {"url": redis_server.url, "namespace": namespace},
        }
        started.append(Service(folder, given | config))
        return started[-1]

    yield inner
    for service in started:
        service.close()


@pytest.fixture(scope="session")
def service(
    saved: Path, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """One for tests that leave it as it is, each with entities of its own."""
    store = {"url": redis_server.url, "namespace": f"shared{next(_NUMBERS)}"}
    limits = {"interactions": 20, "entities": 5, "k": 30, "text": 40, "body": 20_000}
    config = {"model": {"folder": str(saved), "version": "7"}, "store": store, "limits": limits}
    made = Service(tmp_path_factory.mktemp("service"), config)
    yield made
    made.close()
