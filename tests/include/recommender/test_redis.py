"""States of suggestions in the store that features use, on a real Redis: `rankstream` needs no store of its own."""

import pytest

from eventfeatures.stores import ConflictError, StoreError
from eventfeatures.stores.redis import RedisStore
from eventfeatures_testing.servers import RedisServer
from rankstream import Interaction, Recommender, fit
from rankstream.interactions import DAY_MS
from rankstream.stores import Stored
from rankstream_testing import BEGIN, SMALL, world

NOW = BEGIN + 100 * DAY_MS


@pytest.fixture(scope="module")
def recommender() -> Recommender:
    return Recommender(fit(world(entities=30, days=90), SMALL))


def bought(item: str, at: int = NOW) -> Interaction:
    return Interaction("e1", item, at, item[:2])


def test_another_process_suggests_from_what_this_one_observed(
    recommender: Recommender, redis_server: RedisServer, redis_store: RedisStore
) -> None:
    here = Stored(recommender, redis_store, "guest")
    other_store = RedisStore(redis_server.url, prefix=redis_store._prefix)
    there = Stored(recommender, other_store, "guest")
    assert there.suggest("e1", NOW).basis == "popularity"

    here.observe([bought("g1i1")])
    first = there.suggest("e1", NOW)
    here.observe([bought("g3i3")])

    assert first.basis == "history"
    assert there.suggest("e1", NOW) != first
    other_store.close()


def test_a_writer_that_read_before_another_wrote_is_refused_and_repeats(
    recommender: Recommender, redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = Stored(recommender, redis_store, "guest")
    stored.observe([bought("g1i1")])
    with monkeypatch.context() as patch:
        read = redis_store.read

        def read_then_another_writes(kind: str, keys: list[str]) -> list[bytes | None]:
            found = read(kind, keys)
            patch.undo()
            stored.observe([bought("g2i2")])
            return found

        patch.setattr(redis_store, "read", read_then_another_writes)
        with pytest.raises(ConflictError, match="guest e1 was changed"):
            stored.observe([bought("g3i3")])
    stored.observe([bought("g3i3")])

    content = redis_store.read("guest", ["e1"])[0]
    assert set(recommender.decode(content, "e1").items) == {"g1i1", "g2i2", "g3i3"}


def test_what_was_written_survives_a_kill_and_an_absent_server_is_an_error(recommender: Recommender) -> None:
    server = RedisServer()
    stored = Stored(recommender, RedisStore(server.url), "guest")
    stored.observe([bought("g1i1")])
    before = stored.suggest("e1", NOW)
    server.kill()
    with pytest.raises(StoreError, match="Redis at"):
        stored.suggest("e1", NOW)
    server.start()

    assert stored.suggest("e1", NOW) == before
    server.close()
