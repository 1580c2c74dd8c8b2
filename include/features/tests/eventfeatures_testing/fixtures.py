"""Fixtures that a conftest imports: servers, and stores on them that are empty."""

from collections.abc import Iterator
from itertools import count

import pytest

from eventfeatures.stores import MemoryStore
from eventfeatures.stores.postgresql import PostgresStore
from eventfeatures.stores.redis import RedisStore

from .servers import PostgresServer, RedisServer

_NUMBERS = count()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One for tests that leave it running."""
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One for tests that leave it running."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def redis_store(redis_server: RedisServer) -> Iterator[RedisStore]:
    """An empty store."""
    store = RedisStore(redis_server.url, prefix=f"test{next(_NUMBERS)}")
    yield store
    store.close()


@pytest.fixture
def postgres_store(postgres_server: PostgresServer) -> Iterator[PostgresStore]:
    """An empty store."""
    store = PostgresStore(postgres_server.url, schema=postgres_server.new_schema(f"test{next(_NUMBERS)}"))
    yield store
    store.close()


@pytest.fixture(params=["memory", "redis", "postgresql"])
def store(request: pytest.FixtureRequest) -> MemoryStore | RedisStore | PostgresStore:
    """An empty store of each kind."""
    if request.param == "memory":
        return MemoryStore()
    return request.getfixturevalue("redis_store" if request.param == "redis" else "postgres_store")
