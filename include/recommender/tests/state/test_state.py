"""A state is what the formulas say of all of an entity's interactions, however it came about."""

import math
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankstream import Interaction, Settings, State
from rankstream.interactions import COLUMNS, DAY_MS, each, ordered
from rankstream.replay import Replay
from rankstream.state import decode, encode, observe
from rankstream.state.state import NEWEST_GAP

RULES = Settings(items_kept=100, groups_kept=100)
MINUTE = 60_000
steps = st.one_of(st.integers(0, 40), st.integers(0, 60 * 24 * 200)).map(lambda minutes: minutes * MINUTE)
happenings = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from(["", "g", "h"]), steps,
              st.floats(0.1, 9)),
    max_size=40,
)  # fmt: skip


def told(happened: list[tuple[str, str, str, int, float]]) -> list[Interaction]:
    at, interactions = 1_600_000_000_000, []
    for entity, item, group, step, weight in happened:
        at += step
        interactions.append(Interaction(entity, item, at, group, weight))
    return interactions


def moved(interactions: list[Interaction], rules: Settings = RULES) -> State:
    state = State()
    for interaction in interactions:
        observe(state, interaction, rules)
    return state


def visits_of(times: list[int]) -> list[int]:
    """Number of the visit of each moment."""
    numbers = [0] * len(times)
    for place, (one, two) in enumerate(pairwise(times)):
        numbers[place + 1] = numbers[place] + (two - one > RULES.visit_gap_ms)
    return numbers


@given(happenings)
def test_all_numbers_are_those_of_the_whole_history(happened: list[tuple[str, str, str, int, float]]) -> None:
    own = [each for each in told(happened) if each.entity == "a"]
    numbers = visits_of([each.at for each in own])

    state = moved(own)

    assert (state.interactions, state.visits) == (len(own), len(set(numbers)))
    assert list(state.items) == list(dict.fromkeys(each.item for each in reversed(own)))[::-1]
    for item, habit in state.items.items():
        mine = [(each, number) for each, number in zip(own, numbers, strict=True) if each.item == item]
        assert (habit.first, habit.last) == (mine[0][0].at, mine[-1][0].at)
        assert habit.visits == len({number for _, number in mine})
        for kept, half_life in ((habit.short, RULES.short_days), (habit.long, RULES.long_days)):
            ages = [(each.weight, (habit.last - each.at) / DAY_MS) for each, _ in mine]
            assert math.isclose(kept, sum(weight * 2 ** (-age / half_life) for weight, age in ages))


@given(happenings)
def test_gaps_are_between_the_last_of_a_visit_and_the_first_of_the_next(
    happened: list[tuple[str, str, str, int, float]],
) -> None:
    own = [each for each in told(happened) if each.entity == "a"]
    numbers = visits_of([each.at for each in own])
    for item, habit in moved(own).items.items():
        mine = [(each.at, number) for each, number in zip(own, numbers, strict=True) if each.item == item]
        gaps = [(two[0] - one[0]) / DAY_MS for one, two in pairwise(mine) if one[1] != two[1]]
        expected = gaps[0] if gaps else 0.0
        for gap in gaps[1:]:
            expected += NEWEST_GAP * (gap - expected)
        assert habit.gap == expected


@given(happenings, st.sets(st.integers(0, 40)))
@settings(deadline=None)
def test_a_replay_is_the_stream_to_the_last_bit_wherever_it_was_stored(
    happened: list[tuple[str, str, str, int, float]], stored: set[int]
) -> None:
    table = ordered(pd.DataFrame([dict(zip(Interaction._fields, each, strict=True)) for each in told(happened)],
                                 columns=list(COLUMNS)).astype({"at": "int64"}))  # fmt: skip
    replay = Replay(RULES)
    replay.advance(table)

    streamed: dict[str, State] = {}
    for number, interaction in enumerate(each(table)):
        state = streamed.setdefault(interaction.entity, State())
        observe(state, interaction, RULES)
        if number in stored:
            streamed[interaction.entity] = decode(encode(state, RULES), RULES, interaction.entity)

    assert list(streamed) == list(replay.states)
    for entity, state in streamed.items():
        assert encode(state, RULES) == encode(replay.states[entity], RULES)


def test_what_was_not_met_for_longest_is_forgotten() -> None:
    rules = Settings(items_kept=2)

    state = moved([Interaction("a", item, at) for at, item in enumerate("xyxz")], rules)

    assert list(state.items) == ["x", "z"]
    assert state.interactions == 4


def test_a_late_one_counts_as_if_it_came_now() -> None:
    state = moved([Interaction("a", "x", 10 * DAY_MS), Interaction("a", "y", 3 * DAY_MS)])

    assert state.newest == state.items["y"].last == 10 * DAY_MS
    assert state.visits == 1


@pytest.mark.parametrize("size", [300, 3000])
def test_a_state_does_not_grow_beyond_its_bounds(size: int) -> None:
    rules = Settings(items_kept=100, groups_kept=10)

    state = moved([Interaction("a", f"i{n}", n * DAY_MS, f"g{n}") for n in range(size)], rules)

    assert (len(state.items), len(state.groups)) == (100, 10)
    assert len(encode(state, rules)) < 100 * 60
