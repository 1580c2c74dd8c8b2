"""A state comes from the cache only for the bytes that it stands for, and only once."""

from eventfeatures import State
from eventfeatures.state import Cache

NAME = ("card", "a")


def a_state(newest: int = 1) -> State:
    return State(newest, 1, [], [], [], [])


def test_a_state_is_taken_once_and_for_its_own_bytes() -> None:
    cache, state = Cache(10), a_state()
    cache.keep(NAME, b"one", state)

    assert cache.take(NAME, b"one") is state
    assert cache.take(NAME, b"one") is None


def test_other_bytes_in_the_store_win() -> None:
    cache = Cache(10)
    cache.keep(NAME, b"one", a_state())

    assert cache.take(NAME, b"two") is None
    assert cache.take(NAME, b"one") is None


def test_the_one_kept_first_goes_where_there_are_too_many() -> None:
    cache = Cache(2)
    for key in ("a", "b", "a", "c"):
        cache.keep(("card", key), b"", a_state())

    assert [cache.take(("card", key), b"") is not None for key in "abc"] == [True, False, True]
