"""The store writes all or nothing, and refuses who comes too late."""

from collections.abc import Iterator

import pytest
from redis import Redis

from eventscorer.errors import ConflictError
from eventscorer.state.redis_store import RedisStore
from eventscorer.state.store import NoStates, Outbox, Outgoing


@pytest.fixture
def store(redis_url: str) -> Iterator[RedisStore]:
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield RedisStore(client, "group:topic")


def outbox(begin: int, end: int) -> Outbox:
    return Outbox(begin, end, [Outgoing("t", b"k", b"v", (("reason", b"late"),)), Outgoing("t", None, None)])


def test_what_was_committed_is_read(store: RedisStore) -> None:
    store.commit({"a": b"1", "b": b"\x00\xff"}, {0: outbox(0, 5), 2: outbox(7, 9)})
    assert store.read(["a", "b", "c"]) == {"a": b"1", "b": b"\x00\xff"}
    assert store.outboxes([0, 1, 2]) == {0: outbox(0, 5), 2: outbox(7, 9)}


def test_a_batch_that_began_before_what_is_stored_changes_nothing(store: RedisStore) -> None:
    store.commit({"a": b"new"}, {0: outbox(0, 5)})
    with pytest.raises(ConflictError, match="partition 0: the store is at offset 5, the batch began at 0"):
        store.commit({"a": b"old"}, {0: outbox(0, 3), 1: outbox(0, 3)})
    assert store.read(["a"]) == {"a": b"new"}
    assert store.outboxes([0, 1]) == {0: outbox(0, 5)}


def test_a_member_that_writes_between_our_look_and_our_write_wins(
    redis_url: str, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = RedisStore(Redis.from_url(redis_url), "group:topic")
    write = store._write

    def overtaken(*arguments: object) -> None:
        other.commit({"a": b"other"}, {0: outbox(0, 5)})
        write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "_write", overtaken)
    with pytest.raises(ConflictError, match=r"another member wrote for one of the partitions \[0\]"):
        store.commit({"a": b"ours"}, {0: outbox(0, 5)})
    assert store.read(["a"]) == {"a": b"other"}


def test_without_a_store_a_state_is_refused() -> None:
    assert NoStates().read([]) == {}
    with pytest.raises(LookupError, match="the configuration has no store"):
        NoStates().commit({"a": b"1"}, {})
