"""What every store does, each a real one."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from eventfeatures import Engine
from eventfeatures.stores import ConflictError, Entry, MemoryStore, Published
from eventfeatures.stores.postgresql import PostgresStore
from eventfeatures.stores.redis import RedisStore
from eventfeatures_testing.definitions import every_kind
from eventfeatures_testing.events import FIRST
from eventfeatures_testing.servers import PostgresServer, until

Store = MemoryStore | RedisStore | PostgresStore
HOUR_MS = 3_600_000


def entry(key: str, content: bytes = b"new", events: int = 1, before: int = 0, **changed: Any) -> Entry:
    return Entry("card", key, content, 5000, events, before, HOUR_MS)._replace(**changed)


def test_states_come_back_in_the_order_asked_for_and_unknown_ones_are_said_to_be(store: Store) -> None:
    store.write([entry("a", b"\x00\xff"), entry("b"), entry("a", b"shop", entity="merchant")])

    assert store.read("card", ["b", "nobody", "a"]) == [b"new", None, b"\x00\xff"]
    assert store.read_many([("merchant", "a"), ("merchant", "b")]) == [b"shop", None]
    assert store.read("card", []) == []


def test_a_state_that_was_changed_in_between_is_a_conflict_and_nothing_is_written(store: Store) -> None:
    store.write([entry("a", events=3)], {"p0": 10})

    with pytest.raises(
        ConflictError, match=r"state of card a was changed since it was read \(with 2 events\)"
    ):
        store.write([entry("b"), entry("a", b"newer", events=4, before=2)], {"p0": 11})

    assert store.read("card", ["a", "b"]) == [b"new", None]
    assert store.positions() == {"p0": 10}


def test_a_state_that_went_away_is_a_conflict(store: Store) -> None:
    with pytest.raises(ConflictError, match="state of card a was changed"):
        store.write([entry("a", events=4, before=3)])

    assert store.read("card", ["a"]) == [None]


def test_positions_move_with_the_states(store: Store) -> None:
    assert store.positions() == {}

    store.write([entry("a")], {"p0": 10, "p1": 7})
    store.write([entry("a", b"next", events=2, before=1)], {"p0": 12})
    store.write([], {"p2": 1})

    assert store.positions() == {"p0": 12, "p1": 7, "p2": 1}
    assert store.read("card", ["a"]) == [b"next"]


def test_a_replayed_state_never_overwrites_one_that_the_stream_moved_beyond(store: Store) -> None:
    store.write([entry("behind", newest=1000), entry("beyond", newest=9000), entry("same", newest=5000)])

    kept = store.seed([entry(key, b"replayed", events=7) for key in ("behind", "beyond", "same", "unknown")])

    assert kept == 2
    assert store.read("card", ["behind", "beyond", "same", "unknown"]) == [
        b"replayed",
        b"new",
        b"new",
        b"replayed",
    ]
    store.write([entry("behind", b"streamed", events=8, before=7)])
    assert store.read("card", ["behind"]) == [b"streamed"]


def test_of_published_rows_the_newer_moment_wins(store: Store) -> None:
    assert store.publish("profile", {"a": {"n": 1}, "b": {"n": 1}}, as_of=100) == 2
    assert store.publish("profile", {"a": {"n": 2}}, as_of=200) == 1
    assert store.publish("profile", {"a": {"n": 0}, "c": {"n": 0}}, as_of=150) == 1
    assert (
        store.publish("profile", {"b": {"n": 9, "name": "é", "ok": True, "none": None, "x": 0.1}}, 100) == 1
    )

    found = store.lookup("profile", ["a", "nobody", "b", "c"])

    b = {"n": 9, "name": "é", "ok": True, "none": None, "x": 0.1}
    assert found == [Published({"n": 2}, 200), None, Published(b, 100), Published({"n": 0}, 150)]
    assert store.lookup("other", ["a"]) == [None]


def test_more_rows_and_states_than_go_at_once(store: Store) -> None:
    rows = {f"k{i}": {"n": i} for i in range(2500)}

    assert store.publish("profile", rows, as_of=1) == 2500
    assert store.seed([entry(key) for key in rows]) == 2500
    assert [found.row["n"] for found in store.lookup("profile", list(rows)) if found] == list(range(2500))


def test_a_row_that_cannot_be_kept_is_refused_by_name(store: Store) -> None:
    with pytest.raises(
        ValueError, match=r"profile a: column n is \[1\] of type list, expected a number, a string"
    ):
        store.publish("profile", {"b": {"n": 1}, "a": {"n": [1]}}, as_of=1)

    assert store.lookup("profile", ["a", "b"]) == [None, None]


@pytest.mark.parametrize("kind", ["redis_store", "postgres_store"])
def test_what_is_of_no_use_any_more_goes_away(kind: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(kind)
    store.write([entry("a", keep_ms=200, events=5), entry("b")])
    store.publish("profile", {"a": {"n": 1}}, as_of=1, keep_ms=200)
    store.publish("profile", {"b": {"n": 1}}, as_of=1)

    until(lambda: store.read("card", ["a"]) == [None] and store.lookup("profile", ["a"]) == [None], "expired")

    assert store.read("card", ["b"]) == [b"new"]
    assert store.lookup("profile", ["b"]) == [Published({"n": 1}, 1)]
    store.write([entry("a", b"again")])
    assert store.read("card", ["a"]) == [b"again"]


def test_purge_deletes_what_has_expired(postgres_store: PostgresStore) -> None:
    postgres_store.write([entry("a", keep_ms=0), entry("b")])
    postgres_store.publish("profile", {"a": {"n": 1}}, as_of=1, keep_ms=0)

    assert postgres_store.purge() == 2
    assert postgres_store.purge() == 0


def test_stores_that_open_at_the_same_time_make_their_tables_once(postgres_server: PostgresServer) -> None:
    schema = postgres_server.new_schema("opened_at_once")
    stores = [PostgresStore(postgres_server.url, schema) for _ in range(6)]

    with ThreadPoolExecutor(len(stores)) as openers:
        assert list(openers.map(PostgresStore.positions, stores)) == [{}] * len(stores)

    for opened in stores:
        opened.close()


def test_writers_at_the_same_time_lose_no_event(store: Store) -> None:
    engine = Engine(every_kind())

    with ThreadPoolExecutor(3) as writers:
        list(writers.map(lambda n: _write_batches(engine, store, n), range(3)))

    [content] = store.read("merchant", ["x"])
    assert engine.decode("merchant", "x", content).events == 3 * 8 * 5


def _write_batches(engine: Engine, store: Store, writer: int) -> None:
    """Eight batches of a card of its own at a merchant that all share, each until it could be written."""
    events = [
        {"name": f"{writer}-{i}", "at": FIRST + i, "card": f"c{writer}", "merchant": "x", "channel": "chip"}
        | {"amount": 1.0, "latitude": 0.0, "longitude": 0.0}
        for i in range(40)
    ]
    for at in range(0, 40, 5):
        _write(engine, store, events[at : at + 5])


def _write(engine: Engine, store: Store, events: list[dict[str, Any]]) -> None:
    while True:
        try:
            engine.batch(events, store)
            return
        except ConflictError:
            continue
