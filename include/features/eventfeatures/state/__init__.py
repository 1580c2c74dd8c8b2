"""What is kept of an entity, and its bytes."""

from .codec import Codec
from .state import Last, Ring, State, Tally

__all__ = ["Codec", "Last", "Ring", "State", "Tally"]
