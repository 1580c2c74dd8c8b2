"""Features of events: computed once, by the same code for training and for serving.

What computes is imported when it is first asked for: to check a definition, pandas and pyarrow need not be loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .definition import Definition, parse
from .errors import DefinitionError, EventError, StateError

if TYPE_CHECKING:
    from .engine import Engine, Prepared
    from .own import Own
    from .part import Part
    from .state import State

LATER = {"Engine": "engine", "Prepared": "engine", "Own": "own", "Part": "part", "State": "state"}

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


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{LATER[name]}", __name__), name)
