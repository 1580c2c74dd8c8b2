"""Notes and positions are written with the states, and who comes too late writes nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from eventfeatures.stores import ConflictError, Entry, MemoryStore, OvertakenError
from eventfeatures.stores.postgresql import PostgresStore
from eventfeatures.stores.redis import RedisStore

Store = MemoryStore | RedisStore | PostgresStore
HOUR_MS = 3_600_000


def entry(key: str, content: bytes = b"new", events: int = 1, before: int = 0, newest: int = 5000) -> Entry:
    return Entry("card", key, content, newest, events, before, HOUR_MS)


def test_notes_come_back_as_they_were_written_last(store: Store) -> None:
    store.write([entry("a")], {"p0": 3}, {"box": b"\x00\xff", "other": b""})
    store.write([], {"p0": 4}, {"box": b"later"}, {"p0": 3})

    assert store.notes(["other", "nobody", "box"]) == [b"", None, b"later"]
    assert store.notes([]) == []
    assert store.positions() == {"p0": 4}


def test_a_conflict_writes_no_note_and_moves_nothing(store: Store) -> None:
    store.write([entry("a")], {"p0": 3}, {"box": b"first"})

    with pytest.raises(ConflictError, match="state of card a was changed") as caught:
        store.write([entry("b"), entry("a")], {"p0": 4, "p1": 1}, {"box": b"second"}, {"p0": 3})

    assert not isinstance(caught.value, OvertakenError)
    assert (store.positions(), store.notes(["box"])) == ({"p0": 3}, [b"first"])
    assert store.read("card", ["b"]) == [None]


def test_a_batch_that_began_before_what_is_stored_writes_nothing(store: Store) -> None:
    store.write([entry("a")], {"p0": 5}, {"box": b"first"}, {"p0": 0})

    with pytest.raises(OvertakenError, match="p0 was read further since the batch began"):
        store.write([entry("b")], {"p1": 2, "p0": 3}, {"box": b"stale"}, {"p0": 0, "p1": 0})

    assert (store.positions(), store.notes(["box"])) == ({"p0": 5}, [b"first"])
    assert store.read("card", ["b"]) == [None]


def test_of_members_that_write_the_same_batch_one_wins(store: Store) -> None:
    def write(member: int) -> bool:
        try:
            store.write([entry(f"own{member}")], {"p0": 5}, {"box": b"%d" % member}, {"p0": 0})
        except OvertakenError:
            return False
        return True

    with ThreadPoolExecutor(4) as members:
        won = list(members.map(write, range(4)))

    assert sum(won) == 1
    winner = won.index(True)
    assert store.notes(["box"]) == [b"%d" % winner]
    assert store.read("card", [f"own{n}" for n in range(4)]) == [b"new" if one else None for one in won]


def test_a_seed_places_only_what_has_no_position_yet(store: Store) -> None:
    store.write([entry("a", newest=9000)], {"p0": 10})

    assert store.seed([entry("a"), entry("b")], {"p0": 4, "p1": 7}) == 1
    assert store.positions() == {"p0": 10, "p1": 7}
    assert store.seed([], {"p1": 99}) == 0
    assert store.positions() == {"p0": 10, "p1": 7}
