"""Batches are kept whole, and who comes too late is refused, over real Redis."""

from collections.abc import Iterator

import pytest

from eventfeatures.stores import ConflictError, Entry
from eventfeatures.stores.redis import RedisStore
from eventscorer.errors import BatchLostError
from eventscorer.state.journal import Journal
from eventscorer.state.outbox import Outbox, Outgoing, Place


@pytest.fixture
def store(redis_url: str, request: pytest.FixtureRequest) -> Iterator[RedisStore]:
    store = RedisStore(redis_url, request.node.name)
    yield store
    store.close()


def outbox(begin: int, end: int) -> Outbox:
    return Outbox(begin, end, [Outgoing("t", b"k", b"v", (("reason", b"late"),)), Outgoing("t", None, None)])


def entry(content: bytes, events: int = 1, before: int = 0) -> Entry:
    return Entry("card", "a", content, 5000, events, before, 3_600_000)


def test_what_was_committed_is_found(store: RedisStore) -> None:
    journal = Journal(store, "group", "topic")
    journal.commit([entry(b"1")], {0: outbox(0, 5), 2: outbox(7, 9)})

    assert journal.places([0, 1, 2]) == {0: Place(5, outbox(0, 5)), 1: Place(), 2: Place(9, outbox(7, 9))}
    assert store.read("card", ["a"]) == [b"1"]
    assert Journal(store, "other", "topic").places([0]) == {0: Place(5)}


def test_positions_that_a_seed_has_set_are_found(store: RedisStore) -> None:
    store.seed([entry(b"seeded")], {"kafka://topic/0": 17})

    assert Journal(store, "group", "topic").places([0, 1]) == {0: Place(17), 1: Place()}


def test_a_batch_that_began_before_what_is_stored_changes_nothing(store: RedisStore) -> None:
    journal = Journal(store, "group", "topic")
    journal.commit([entry(b"new")], {0: outbox(0, 5)})

    with pytest.raises(BatchLostError, match="kafka://topic/0 was read further since the batch began"):
        journal.commit([entry(b"old")], {0: outbox(0, 3), 1: outbox(0, 3)})

    assert store.read("card", ["a"]) == [b"new"]
    assert journal.places([0, 1]) == {0: Place(5, outbox(0, 5)), 1: Place()}


def test_a_state_that_another_member_changed_is_a_conflict_and_no_lost_batch(store: RedisStore) -> None:
    journal = Journal(store, "group", "topic")
    journal.commit([entry(b"theirs")], {1: outbox(0, 5)})

    with pytest.raises(ConflictError, match="state of card a was changed"):
        journal.commit([entry(b"ours")], {0: outbox(0, 3)})

    journal.commit([entry(b"ours", 2, before=1)], {0: outbox(0, 3)})
    assert store.read("card", ["a"]) == [b"ours"]


def test_without_a_store_nothing_is_kept() -> None:
    journal = Journal(None, "group", "topic")
    journal.commit([], {0: outbox(0, 5)})

    assert journal.places([0]) == {0: None}
