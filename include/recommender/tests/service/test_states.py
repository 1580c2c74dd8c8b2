"""Services that share states, whatever is killed: what was acknowledged is there once, and nothing is half-written."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from eventfeatures.stores.redis import RedisStore
from eventfeatures_testing.servers import RedisServer
from rankstream import Recommender, State
from rankstream_testing import BEGIN
from rankstream_testing.server import Service, until

ROUNDS = 40


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """One to be killed."""
    server = RedisServer()
    yield server
    server.close()


def both(entity: str, number: int) -> list[dict[str, Any]]:
    """An interaction of an entity and one of its twin."""
    item = {"item": f"g1i{number % 10}", "group": "g1", "at": BEGIN + number}
    return [item | {"entity": entity}, item | {"entity": f"{entity}-twin"}]


def states(server: RedisServer, namespace: str, recommender: Recommender, entity: str) -> list[State]:
    """Of an entity and its twin, read beside the service."""
    store = RedisStore(server.url, namespace)
    keys = [entity, f"{entity}-twin"]
    found = store.read("guest", keys)
    store.close()
    return [recommender.decode(content, key) for content, key in zip(found, keys, strict=True)]


def test_two_services_move_one_state_on_and_one_that_is_killed_comes_back(
    start: Any, redis_server: RedisServer, namespace: str, recommender: Recommender
) -> None:
    services: list[Service] = [start(), start()]

    def hammer(place: int) -> list[int]:
        sent = range(place, ROUNDS * 4, 4)
        return [services[place % 2].observe(both("shared", number)).status_code for number in sent]

    with ThreadPoolExecutor(4) as pool:
        statuses = [status for part in pool.map(hammer, range(4)) for status in part]

    assert set(statuses) == {200}
    found = states(redis_server, namespace, recommender, "shared")
    assert [state.interactions for state in found] == [ROUNDS * 4] * 2
    assert sum(service.metric("rankstream_conflicts_total") for service in services) > 0

    one, other = services
    one.kill()
    one.start()
    assert one.suggest("shared", at=BEGIN).json() == other.suggest("shared", at=BEGIN).json()
    assert other.observe(both("shared", 1)).status_code == 200
    assert one.suggest("shared", at=BEGIN + 9).json() == other.suggest("shared", at=BEGIN + 9).json()


def test_redis_that_is_killed_is_named_and_leaves_nothing_half_written(
    start: Any, own_redis: RedisServer, recommender: Recommender
) -> None:
    service = start(store={"url": own_redis.url, "namespace": "killed"})

    def hammer(entity: str) -> list[httpx.Response]:
        answers = [service.observe(both(entity, 0))]
        while answers[-1].status_code == 200:
            answers.append(service.observe(both(entity, len(answers))))
        return answers

    with ThreadPoolExecutor(2) as pool:
        running = {entity: pool.submit(hammer, entity) for entity in ("a", "b")}
        until(lambda: service.metric("rankstream_interactions_total") > 200, "interactions are written")
        own_redis.kill()
    told = {entity: future.result() for entity, future in running.items()}

    assert service.suggest("a").status_code == 503
    ready = service.http.get("/v1/health/ready")
    assert (ready.status_code, service.http.get("/v1/health/live").status_code) == (503, 200)
    assert f"Redis at 127.0.0.1:{own_redis.port}/0" in ready.json()["missing"][0]
    assert service.metric("rankstream_store_failures_total") >= 3
    own_redis.start()
    until(service.ready, "it recovers")
    for entity, answers in told.items():
        last = answers[-1]
        assert (last.status_code, last.headers["retry-after"]) == (503, "1")
        assert f"Redis at 127.0.0.1:{own_redis.port}/0" in last.json()["error"]
        unknown = "not known" in last.json()["error"]
        one, twin = states(own_redis, "killed", recommender, entity)
        assert one == twin
        assert 0 <= one.interactions - (len(answers) - 1) <= int(unknown)
        assert service.observe(both(entity, 9)).status_code == 200
