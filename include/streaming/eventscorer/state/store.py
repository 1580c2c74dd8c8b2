"""The seam to a store of states: a *transactional outbox*.

Kafka's transaction cannot hold a write to another system. So the states of a batch and all that it will say to Kafka
are written to the store first, in one atomic step; then Kafka's transaction says it. A crash between the two shows in
the offsets: the outbox is ahead of what Kafka has committed, and is said again, instead of being computed again from
states that have changed already. See https://microservices.io/patterns/data/transactional-outbox.html.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from msgspec import Struct


class Outgoing(Struct, frozen=True, array_like=True, gc=False):
    """A message to be written to Kafka."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Outbox(Struct, frozen=True, array_like=True):
    """What a batch says about the messages of one partition.

    Args:
        begin: offset of the partition before the batch.
        next: offset that is to be read next after it.
    """

    begin: int
    next: int
    messages: list[Outgoing]


class StateStore(Protocol):
    """Keeps states, and of each input partition the outbox of its last batch."""

    def read(self, names: Collection[str]) -> dict[str, bytes]:
        """The states of these names that exist."""

    def outboxes(self, partitions: Collection[int]) -> dict[int, Outbox]:
        """The last outbox of each of these partitions that has one."""

    def commit(self, states: Mapping[str, bytes], outboxes: Mapping[int, Outbox]) -> None:
        """Writes states and outboxes, all or nothing.

        Raises:
            ConflictError: a partition's stored outbox is beyond where this batch began; nothing was written.
        """


class NoStates:
    """The store of features that keep no state: Kafka's transaction is enough."""

    def read(self, names: Collection[str]) -> dict[str, bytes]:
        """Nothing. Raises LookupError where a state is asked for."""
        if names:
            raise LookupError(f"states {sorted(names)[:3]} are asked for, but the configuration has no store")
        return {}

    def outboxes(self, partitions: Collection[int]) -> dict[int, Outbox]:
        """None."""
        return {}

    def commit(self, states: Mapping[str, bytes], outboxes: Mapping[int, Outbox]) -> None:
        """Does nothing. Raises LookupError where a state was changed."""
        self.read(states)
