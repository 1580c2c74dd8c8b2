"""Which model of which registry is followed."""

from msgspec import Struct


class Registered(Struct, frozen=True):
    """A model of a registry, and the aliases that are followed; the first takes traffic at first.

    poll_seconds: between two looks at the registry.
    """

    uri: str
    name: str
    aliases: tuple[str, ...]
    poll_seconds: float = 10.0
    allow_missing: bool = False
