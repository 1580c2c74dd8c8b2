"""What is known of an entity, and how an interaction changes it.

Everything is a running number, so that an interaction costs the same however long the history is. A count with
half-life h that was c at a time t is ``c * 2 ** (-(now - t) / h)`` later: exponential decay, of which only the last
value and its time have to be kept.
"""

from msgspec import Struct

from ..interactions import DAY_MS, Interaction
from ..settings import Settings

NEWEST_GAP = 0.3  # share of the newest interval in the mean of intervals, which so forgets old ones


class Habit(Struct, array_like=True):
    """How an entity deals with one item or one group."""

    first: int  # ms since 1970
    last: int
    visits: int  # that had it
    short: float  # decayed sums of weights, as of `last`
    long: float
    gap: float  # days between visits that had it, exponentially weighted mean; 0 before the second


class State(Struct, array_like=True):
    """All that is known of an entity. What came last is last in `items` and `groups`."""

    newest: int = -1  # ms since 1970, of the newest interaction; -1 before the first
    began: int = -1  # of the first interaction of the newest visit
    interactions: int = 0
    visits: int = 0
    items: dict[str, Habit] = {}
    groups: dict[str, Habit] = {}


def observe(state: State, interaction: Interaction, settings: Settings) -> None:
    """Move a state on by one interaction, in constant time.

    One that is older than the newest is taken as if it came at the time of the newest. Where an entity has more items
    or groups than are kept, the one that it has not met for longest is forgotten.
    """
    at = max(interaction.at, state.newest)
    if not state.visits or at - state.newest > settings.visit_gap_ms:
        state.visits += 1
        state.began = at
    state.newest = at
    state.interactions += 1
    _meet(state.items, interaction.item, interaction.weight, state, settings, settings.items_kept)
    if interaction.group:
        _meet(state.groups, interaction.group, interaction.weight, state, settings, settings.groups_kept)


def _meet(
    habits: dict[str, Habit], name: str, weight: float, state: State, settings: Settings, kept: int
) -> None:
    habit = habits.pop(name, None)
    if habit is None:
        if len(habits) >= kept:
            del habits[next(iter(habits))]
        habits[name] = Habit(state.newest, state.newest, 1, weight, weight, 0.0)
        return
    _repeat(habit, weight, state, settings)
    habits[name] = habit


def _repeat(habit: Habit, weight: float, state: State, settings: Settings) -> None:
    days = (state.newest - habit.last) / DAY_MS
    habit.short = habit.short * 2.0 ** (-days / settings.short_days) + weight
    habit.long = habit.long * 2.0 ** (-days / settings.long_days) + weight
    if habit.last < state.began:
        habit.gap = days if habit.visits == 1 else habit.gap + NEWEST_GAP * (days - habit.gap)
        habit.visits += 1
    habit.last = state.newest
