"""Where states and published rows are kept: in memory, in `stores.redis` or in `stores.postgresql`."""

from .memory import MemoryStore
from .store import ConflictError, Entry, OvertakenError, Published, RowStore, StateStore, StoreError

__all__ = [
    "ConflictError",
    "Entry",
    "MemoryStore",
    "OvertakenError",
    "Published",
    "RowStore",
    "StateStore",
    "StoreError",
]
