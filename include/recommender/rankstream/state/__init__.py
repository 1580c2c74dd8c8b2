"""The state of an entity: what it is, how it moves, how it is stored."""

from .codec import decode, encode
from .state import Habit, State, observe

__all__ = ["Habit", "State", "decode", "encode", "observe"]
