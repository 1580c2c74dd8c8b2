"""Where a group's batches are kept before Kafka is told: states, positions and outboxes in one write."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from eventfeatures.stores import Entry, OvertakenError, StateStore

from ..errors import BatchLostError
from .outbox import Outbox, Place


class Journal:
    """What one group keeps of one topic in a store of `eventfeatures`, whose states a batch job may have made.

    A position is named ``kafka://TOPIC/PARTITION``, an outbox ``outbox://GROUP/TOPIC/PARTITION``; it is MessagePack.

    Args:
        store: None where features keep no state: Kafka's transaction is enough.
    """

    def __init__(self, store: StateStore | None, group: str, topic: str) -> None:
        self._store, self._group, self._topic = store, group, topic
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Outbox).decode

    def places(self, partitions: Collection[int]) -> dict[int, Place | None]:
        """How far the states know each of these partitions; None where there are none. Raises StoreError."""
        if self._store is None:
            return dict.fromkeys(partitions)
        positions = self._store.positions()
        notes = self._store.notes([self._note(partition) for partition in partitions])
        return {
            partition: Place(positions.get(self._input(partition)), self._decode(note) if note else None)
            for partition, note in zip(partitions, notes, strict=True)
        }

    def commit(self, entries: Sequence[Entry], outboxes: Mapping[int, Outbox]) -> None:
        """Write states and outboxes, all or nothing.

        Raises:
            ConflictError: another member has changed a state since it was read: decide the batch again.
            BatchLostError: another member has gone on beyond where this batch began.
            StoreError: the store does not answer; whether it has written is unknown.
        """
        if self._store is None:
            return
        positions = {self._input(partition): box.next for partition, box in outboxes.items()}
        since = {self._input(partition): box.begin for partition, box in outboxes.items()}
        notes = {self._note(partition): self._encode(box) for partition, box in outboxes.items()}
        try:
            self._store.write(entries, positions, notes, since)
        except OvertakenError as error:
            raise BatchLostError(str(error)) from error

    def _input(self, partition: int) -> str:
        return f"kafka://{self._topic}/{partition}"

    def _note(self, partition: int) -> str:
        return f"outbox://{self._group}/{self._topic}/{partition}"
