"""What all workers of a server are told."""

from pathlib import Path

from msgspec import Struct

from ..registry.registered import Registered
from ..repository.sources import Source
from ..settings import Settings


class Orders(Struct, frozen=True):
    """The state folder, the limits, what to load at the start, and the registry to follow."""

    place: Path
    settings: Settings
    sources: list[Source]
    registered: Registered | None = None
