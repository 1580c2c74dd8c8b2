"""States and outboxes in Redis, written in one MULTI/EXEC."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from redis import Redis, WatchError
from redis.client import Pipeline

from ..errors import ConflictError
from .store import Outbox


class RedisStore:
    """A :class:`~eventscorer.state.store.StateStore`.

    Keys are ``<prefix>:state:<name>`` (bytes of the features' own) and ``<prefix>:outbox:<partition>`` (a hash of
    ``next``, an offset, and ``body``, MessagePack).

    Args:
        prefix: of one consumer group on one topic.
    """

    def __init__(self, client: Redis, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Outbox).decode

    def read(self, names: Collection[str]) -> dict[str, bytes]:
        """See the protocol; one MGET."""
        if not names:
            return {}
        ordered = list(names)
        values: Any = self._client.mget([self._state(name) for name in ordered])
        return {name: value for name, value in zip(ordered, values, strict=True) if value is not None}

    def outboxes(self, partitions: Collection[int]) -> dict[int, Outbox]:
        """See the protocol."""
        with self._client.pipeline() as pipe:
            for partition in partitions:
                pipe.hget(self._outbox(partition), "body")
            bodies = dict(zip(partitions, pipe.execute(), strict=True))
        return {partition: self._decode(body) for partition, body in bodies.items() if body is not None}

    def commit(self, states: Mapping[str, bytes], outboxes: Mapping[int, Outbox]) -> None:
        """See the protocol. WATCH sees a member that no longer owns a partition, and writes after all."""
        keys = {partition: self._outbox(partition) for partition in outboxes}
        with self._client.pipeline() as pipe:
            try:
                pipe.watch(*keys.values())
                for partition, key in keys.items():
                    _refuse_what_is_behind(partition, outboxes[partition], pipe.hget(key, "next"))
                pipe.multi()
                self._write(pipe, states, outboxes)
                pipe.execute()
            except WatchError as error:
                raise ConflictError(
                    f"another member wrote for one of the partitions {sorted(keys)} meanwhile"
                ) from error

    def _write(self, pipe: Pipeline, states: Mapping[str, bytes], outboxes: Mapping[int, Outbox]) -> None:
        if states:
            pipe.mset({self._state(name): value for name, value in states.items()})
        for partition, outbox in outboxes.items():
            fields: Any = {"next": outbox.next, "body": self._encode(outbox)}
            pipe.hset(self._outbox(partition), mapping=fields)

    def _state(self, name: str) -> str:
        return f"{self._prefix}:state:{name}"

    def _outbox(self, partition: int) -> str:
        return f"{self._prefix}:outbox:{partition}"


def _refuse_what_is_behind(partition: int, outbox: Outbox, stored: Any) -> None:
    if stored is not None and int(stored) > outbox.begin:
        raise ConflictError(
            f"partition {partition}: the store is at offset {int(stored)}, the batch began at {outbox.begin}"
        )
