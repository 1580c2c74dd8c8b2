"""A state as arrays, as of a moment: what retrieval and features work on."""

from dataclasses import dataclass

import numpy as np
from msgspec.structs import astuple

from .catalogue import Catalogue
from .interactions import DAY_MS
from .settings import Settings
from .state import Habit, State


@dataclass(frozen=True)
class Habits:
    """What an entity had of some items or groups, the least recent first; [had] each.

    Attributes:
        numbers: of the items or groups in the catalogue.
        visits: that had it.
        short, long: decayed sums as of the moment.
        days: since it came last.
        age: days since it came first.
        gap: days between visits that had it, NaN before the second.
    """

    numbers: np.ndarray
    visits: np.ndarray
    short: np.ndarray
    long: np.ndarray
    days: np.ndarray
    age: np.ndarray
    gap: np.ndarray


@dataclass(frozen=True)
class View:
    """An entity at a moment."""

    items: Habits
    groups: Habits
    now: np.ndarray  # numbers of the items of the newest visit
    visits: int
    days: float  # since the newest interaction


def view(state: State, now: int, catalogue: Catalogue, settings: Settings) -> View:
    """The state as of `now` (ms since 1970, or its newest interaction if later), of what the catalogue knows."""
    now = max(now, state.newest)
    items = _habits(state.items, catalogue.item_number, now, settings)
    groups = _habits(state.groups, catalogue.group_number, now, settings)
    since = (now - state.began) / DAY_MS
    days = (now - state.newest) / DAY_MS if state.visits else 0.0
    return View(items, groups, items.numbers[items.days <= since], state.visits, days)


def _habits(kept: dict[str, Habit], numbers: dict[str, int], now: int, settings: Settings) -> Habits:
    known = [(number, habit) for name, habit in kept.items() if (number := numbers.get(name)) is not None]
    return _as_of([number for number, _ in known], [habit for _, habit in known], now, settings)


def _as_of(numbers: list[int], habits: list[Habit], now: int, settings: Settings) -> Habits:
    first, last, visits, short, long, gap = _columns(habits)
    days = (now - last) / DAY_MS
    return Habits(
        numbers=np.array(numbers, dtype=np.intp),
        visits=visits,
        short=short * 2.0 ** (-days / settings.short_days),
        long=long * 2.0 ** (-days / settings.long_days),
        days=days,
        age=(now - first) / DAY_MS,
        gap=np.where(gap > 0, gap, np.nan),
    )


def _columns(habits: list[Habit]) -> np.ndarray:
    """[fields of Habit, had]; times in ms are exact in 64 bits of float."""
    rows = np.array([astuple(habit) for habit in habits], dtype=np.float64)
    return rows.reshape(-1, len(Habit.__struct_fields__)).T
