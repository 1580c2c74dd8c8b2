"""Where states are kept between batches."""

from .memory import MemoryStore
from .store import ConflictError, Entry, StateStore

__all__ = ["ConflictError", "Entry", "MemoryStore", "StateStore"]
