"""What is kept of an entity, and its bytes."""

from .cache import Cache
from .codec import Codec
from .state import Last, Ring, State, Tally

__all__ = ["Cache", "Codec", "Last", "Ring", "State", "Tally"]
