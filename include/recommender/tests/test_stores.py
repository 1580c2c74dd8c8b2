"""States in a store: read, moved on, written whole or not at all."""

from collections.abc import Mapping, Sequence

import pytest

from rankstream import Interaction, InteractionError, Recommender, State, StateError
from rankstream.stores import Entry, Stored
from rankstream_testing import BEGIN


class Shelf:
    """The least store: a dict, and a refusal where a state moved in between."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Entry] = {}

    def read(self, entity: str, keys: Sequence[str]) -> list[bytes | None]:
        found = [self.kept.get((entity, key)) for key in keys]
        return [entry.content if entry else None for entry in found]

    def write(self, entries: Sequence[Entry], positions: Mapping[str, int] | None = None) -> None:
        for entry in entries:
            there = self.kept.get((entry.entity, entry.key))
            if (there.events if there else 0) != entry.before:
                raise RuntimeError(f"{entry.key} was changed")
        self.kept |= {(entry.entity, entry.key): entry for entry in entries}


def test_a_stored_state_is_the_one_in_the_hand(recommender: Recommender) -> None:
    shelf, state = Shelf(), State()
    stored = Stored(recommender, shelf, "guest")
    for number in range(6):
        interaction = Interaction("e", f"g1i{number}", BEGIN + number, "g1")
        recommender.observe(state, interaction)
        stored.observe([interaction])

    assert shelf.kept["guest", "e"].content == recommender.encode(state)
    assert shelf.kept["guest", "e"][3:6] == (BEGIN + 5, 6, 5)
    assert stored.suggest("e", BEGIN + 9) == recommender.suggest(state, BEGIN + 9)


def test_many_entities_are_one_write(recommender: Recommender) -> None:
    shelf = Shelf()
    several = [Interaction(entity, "g1i1", BEGIN, "g1") for entity in ("a", "b", "a")]

    Stored(recommender, shelf, "guest").observe(several)

    assert {key: entry.events for (_, key), entry in shelf.kept.items()} == {"a": 2, "b": 1}


def test_one_that_cannot_be_writes_none(recommender: Recommender) -> None:
    shelf = Shelf()
    several = [Interaction("a", "g1i1", BEGIN), Interaction("b", "", BEGIN)]

    with pytest.raises(InteractionError, match="item is ''"):
        Stored(recommender, shelf, "guest").observe(several)

    assert shelf.kept == {}


def test_an_unknown_entity_gets_what_is_popular(recommender: Recommender) -> None:
    assert Stored(recommender, Shelf(), "guest").suggest("nobody", BEGIN).basis == "popularity"


def test_a_damaged_state_is_named(recommender: Recommender) -> None:
    shelf = Shelf()
    shelf.kept["guest", "e7"] = Entry("guest", "e7", b"junk", 0, 1, 0, 1)

    with pytest.raises(StateError, match="state of e7 begins with b'junk'"):
        Stored(recommender, shelf, "guest").suggest("e7", BEGIN)
