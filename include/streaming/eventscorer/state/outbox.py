"""What a batch says, kept beside its states: a *transactional outbox*.

Kafka's transaction cannot hold a write to another system. So the states of a batch and all that it will say to Kafka
are written to the store first, in one atomic step; then Kafka's transaction says it. A crash between the two shows in
the offsets: the outbox is ahead of what Kafka has committed, and is said again, instead of being computed again from
states that have changed already. See https://microservices.io/patterns/data/transactional-outbox.html.
"""

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


class Place(Struct, frozen=True):
    """How far the states know a partition.

    Args:
        position: offset of the first message that they do not know; None where there is none.
        outbox: of the last batch that this group wrote.
    """

    position: int | None = None
    outbox: Outbox | None = None
