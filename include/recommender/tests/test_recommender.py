"""Suggestions follow each interaction; what is unknown is said so."""

from typing import Any

import pytest

from rankstream import Interaction, InteractionError, Model, Recommender, State, Suggestions
from rankstream.interactions import DAY_MS
from rankstream_testing import BEGIN

NOW = BEGIN + 200 * DAY_MS


def state_of(recommender: Recommender, *items: str, group: str = "g1") -> State:
    state = State()
    for number, item in enumerate(items):
        recommender.observe(state, Interaction("e", item, NOW - (len(items) - number) * DAY_MS, group))
    return state


def of_group(answer: Suggestions, group: str) -> int:
    return sum(each.item.startswith(group) for each in answer.items)


def test_an_unknown_entity_gets_what_is_popular_and_hears_so(recommender: Recommender, model: Model) -> None:
    answer = recommender.suggest(State(), NOW, 5)

    assert answer.basis == "popularity"
    assert [each.score for each in answer.items] == sorted(model.known.recent.tolist(), reverse=True)[:5]


def test_only_unknown_items_are_as_good_as_none(recommender: Recommender) -> None:
    state = state_of(recommender, "nobody sells it", group="nor this")

    assert recommender.suggest(state, NOW).basis == "popularity"
    assert recommender.suggest(state, NOW) == recommender.suggest(State(), NOW)


def test_an_unknown_item_of_a_known_group_is_history(recommender: Recommender) -> None:
    assert recommender.suggest(state_of(recommender, "brand new"), NOW).basis == "history"


def test_one_interaction_changes_the_next_suggestion(recommender: Recommender) -> None:
    state = state_of(recommender, "g1i1", "g1i2")
    before = recommender.suggest(state, NOW)

    recommender.observe(state, Interaction("e", "g3i5", NOW, "g3"))

    after = recommender.suggest(state, NOW)
    assert of_group(after, "g3") > of_group(before, "g3")


def test_new_only_leaves_out_what_the_entity_had(recommender: Recommender, model: Model) -> None:
    state = state_of(recommender, "g1i1", "g1i2", "g1i3")

    answer = recommender.suggest(state, NOW, 1000, new_only=True)

    assert answer.items
    assert not {"g1i1", "g1i2", "g1i3"} & {each.item for each in answer.items}
    everything = state_of(recommender, *model.catalogue.items)
    assert recommender.suggest(everything, NOW, new_only=True).items == []


def test_best_first_without_doubles_and_the_same_each_time(recommender: Recommender) -> None:
    state = state_of(recommender, "g1i1", "g1i2")

    answer = recommender.suggest(state, NOW, 1000)

    scores = [each.score for each in answer.items]
    assert scores == sorted(scores, reverse=True)
    assert len({each.item for each in answer.items}) == len(scores)
    assert recommender.suggest(state, NOW, 3).items == answer.items[:3]


def test_a_question_does_not_move_the_state(recommender: Recommender) -> None:
    state = state_of(recommender, "g1i1")
    before = recommender.encode(state)

    recommender.suggest(state, NOW)

    assert recommender.encode(state) == before


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"item": ""}, "item is ''"),
        ({"entity": None}, "entity is None"),
        ({"at": 1.5}, "at is 1.5"),
        ({"at": -1}, "at is -1"),
        ({"at": True}, "at is True"),
        ({"weight": float("nan")}, "weight is nan"),
        ({"weight": 0}, "weight is 0"),
        ({"weight": "2"}, "weight is '2'"),
        ({"weight": True}, "weight is True"),
        ({"weight": 10**400}, "weight is 1000"),
        ({"at": 2**53}, "at is 9007199254740992"),
        ({"group": None}, "group is None"),
    ],
)
def test_what_cannot_be_is_named_and_changes_nothing(
    recommender: Recommender, wrong: dict[str, Any], named: str
) -> None:
    state = state_of(recommender, "g1i1")
    before = recommender.encode(state)

    with pytest.raises(InteractionError, match=named):
        recommender.observe(state, Interaction("e", "g1i1", NOW)._replace(**wrong))

    assert recommender.encode(state) == before
