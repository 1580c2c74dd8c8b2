"""States as bytes: a magic word, the fingerprint of what they were made for, then msgpack."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import blake2b

import msgspec

from ..definition import Definition, Feature
from ..errors import StateError
from .state import State

MAGIC = b"EVF1"
FINGERPRINT = 8  # bytes


class Codec:
    """Writes and reads the states of one entity."""

    def __init__(self, definition: Definition, entity: str, features: Sequence[Feature]) -> None:
        self.entity = entity
        self.fingerprint = _fingerprint(definition, entity, features)
        self._head = MAGIC + self.fingerprint
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(State)

    def encode(self, state: State) -> bytes:
        """The bytes of a state; the same state gives the same bytes."""
        return self._head + self._encoder.encode(state)

    def decode(self, content: bytes, key: str) -> State:
        """The state of bytes.

        Raises:
            StateError: the bytes are no state, or one of another definition.
        """
        size = len(MAGIC) + FINGERPRINT
        if content[:size] != self._head:
            raise StateError(self._other(content[:size], key))
        try:
            return self._decoder.decode(memoryview(content)[size:])
        except msgspec.DecodeError as error:
            raise StateError(
                f"state of {self.entity} {key} cannot be read: {error}; make it again"
            ) from error

    def _other(self, head: bytes, key: str) -> str:
        if not head.startswith(MAGIC):
            return (
                f"state of {self.entity} {key} begins with {head[:4]!r}, expected {MAGIC!r}; "
                "make the states again by a replay of the events"
            )
        found = head[len(MAGIC) :].hex()
        return (
            f"state of {self.entity} {key} was made by definition {found}, this one is {self.fingerprint.hex()}. "
            "Make the states again by a replay of the events, or use the definition that made them"
        )


def _fingerprint(definition: Definition, entity: str, features: Sequence[Feature]) -> bytes:
    """Of all that decides what is in the state of an entity; features of the event alone may change freely,
    and a part that only newer versions know changes nothing where it is not used.
    """
    said = [
        definition.time,
        definition.location,
        entity,
        definition.entities[entity],
        [{part: value for part, value in asdict(feature).items() if value} for feature in features],
    ]
    return blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=FINGERPRINT).digest()
