"""A store that dies leaves whole batches, and says where it was."""

import os
import signal
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from eventfeatures.stores import Entry, StoreError
from eventfeatures.stores.postgresql import PostgresStore
from eventfeatures.stores.redis import RedisStore
from eventfeatures_testing.servers import PASSWORD, PostgresServer, RedisServer, free_port

KEYS = [f"c{i}" for i in range(300)]
PADDING = b"x" * 2000


@pytest.fixture
def mortal_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def mortal_postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.close()


def batch(number: int) -> list[Entry]:
    """All keys, with the number of the batch in each."""
    content = b"%d:" % number + PADDING
    return [Entry("card", key, content, number, number, number - 1, 3_600_000) for key in KEYS]


def write_until_it_dies(
    store: RedisStore | PostgresStore, first: int, written: list[int], under_way: Event
) -> None:
    number = first
    try:
        while True:
            store.write(batch(number), {"p0": number})
            written.append(number)
            number += 1
            under_way.set()
    except StoreError:
        under_way.set()


def kept(store: RedisStore | PostgresStore) -> set[int]:
    """The batches that states and positions are of."""
    states = {int(content.split(b":")[0]) for content in store.read("card", KEYS) if content is not None}
    return states | set(store.positions().values())


def killed_while_writing(store: RedisStore, server: RedisServer, first: int) -> list[int]:
    """The batches whose write was answered before the server was killed."""
    written: list[int] = []
    under_way = Event()
    writer = Thread(target=write_until_it_dies, args=(store, first, written, under_way))
    writer.start()
    assert under_way.wait(30)
    server.kill()
    writer.join(30)
    assert not writer.is_alive()
    return written


def test_redis_killed_while_it_writes_keeps_whole_batches(mortal_redis: RedisServer) -> None:
    store, last = RedisStore(mortal_redis.url), 0

    for _ in range(6):
        written = killed_while_writing(store, mortal_redis, last + 1)
        mortal_redis.start()
        batches = kept(store)
        assert len(batches) == 1, batches
        last = batches.pop()
        assert last in (written[-1], written[-1] + 1)  # what was answered is there; one more may be

    store.close()


def test_a_seed_that_was_killed_halfway_has_set_no_position_and_is_made_again(
    redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = batch(1)[0]
    entries = [first._replace(key=f"c{i}") for i in range(1500)]
    if (child := os.fork()) == 0:
        try:
            parts = iter([redis_store._seed])
            die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
            monkeypatch.setattr(redis_store, "_seed", lambda *given: next(parts, die)(*given))
            redis_store.seed(entries, {"p0": 7})
        finally:
            os._exit(1)  # it was not killed: no test must go on in it
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert redis_store.read("card", ["c0", "c1499"]) == [entries[0].content, None]
    assert redis_store.positions() == {}

    assert redis_store.seed(entries, {"p0": 7}) == 500
    assert redis_store.positions() == {"p0": 7}


def test_redis_that_is_away_is_named_without_its_password(mortal_redis: RedisServer) -> None:
    store = RedisStore(mortal_redis.url)
    store.write(batch(1))
    mortal_redis.kill()

    with pytest.raises(StoreError, match=f"Redis at 127.0.0.1:{mortal_redis.port}/0: ") as caught:
        store.read("card", KEYS)
    assert PASSWORD not in str(caught.value)

    mortal_redis.start()
    assert store.read("card", ["c0"]) == [batch(1)[0].content]
    store.close()


def test_a_wrong_password_is_told_without_it(redis_server: RedisServer) -> None:
    store = RedisStore(f"redis://:{PASSWORD}-not@127.0.0.1:{redis_server.port}/0")

    with pytest.raises(StoreError, match=r"invalid username-password pair|AuthenticationError") as caught:
        store.positions()

    assert PASSWORD not in str(caught.value)


def test_postgresql_stopped_while_it_writes_keeps_whole_batches(mortal_postgres: PostgresServer) -> None:
    store, written, under_way = PostgresStore(mortal_postgres.url), list[int](), Event()
    writer = Thread(target=write_until_it_dies, args=(store, 1, written, under_way))
    writer.start()
    assert under_way.wait(30)

    mortal_postgres.stop()
    writer.join(30)
    mortal_postgres.start()

    batches = kept(store)
    assert len(batches) == 1
    assert batches.pop() in (written[-1], written[-1] + 1)
    store.close()


def test_postgresql_that_is_away_is_named_without_its_password() -> None:
    port = free_port()
    store = PostgresStore(f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/features")

    with pytest.raises(
        StoreError, match=f"PostgreSQL at 127.0.0.1:{port}/features: OperationalError: "
    ) as caught:
        store.positions()

    assert PASSWORD not in str(caught.value)
