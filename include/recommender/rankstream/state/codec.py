"""A state as bytes: ``RKS1``, 8 bytes of fingerprint of the settings it was made with, then msgpack."""

import msgspec

from ..errors import StateError
from ..settings import Settings
from .state import State

MAGIC = b"RKS1"
_HEAD = len(MAGIC) + 8
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(State)


def encode(state: State, settings: Settings) -> bytes:
    """The state as it is stored."""
    return MAGIC + settings.fingerprint() + _encoder.encode(state)


def decode(content: bytes | None, settings: Settings, entity: str) -> State:
    """The state that was stored; an empty one for None.

    Raises:
        StateError: other bytes, or a state that was made with other half-lives, bounds or gap of visits.
    """
    if content is None:
        return State()
    if content[: len(MAGIC)] != MAGIC:
        raise StateError(f"state of {entity} begins with {content[:4]!r}; expected {MAGIC!r}")
    if content[len(MAGIC) : _HEAD] != settings.fingerprint():
        raise StateError(
            f"state of {entity} was made with other settings; replay its interactions with these"
        )
    try:
        return _decoder.decode(content[_HEAD:])
    except msgspec.MsgspecError as error:
        raise StateError(f"state of {entity} is damaged: {error}; replay its interactions") from error
