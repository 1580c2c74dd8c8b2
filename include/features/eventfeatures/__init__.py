"""Features of events: computed once, by the same code for training and for serving."""

from .definition import Definition, parse
from .engine import Engine, Prepared
from .errors import DefinitionError, EventError, StateError
from .own import Own
from .part import Part
from .state import State

__all__ = [
    "Definition",
    "DefinitionError",
    "Engine",
    "EventError",
    "Own",
    "Part",
    "Prepared",
    "State",
    "StateError",
    "parse",
]
