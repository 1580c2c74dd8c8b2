"""What verified versions are made of, by the digest of its bytes: what was verified is what every process serves."""

import time
from hashlib import sha256

import msgspec

from ..errors import UnusableModelError
from ..models.loading import version_of
from ..models.material import Material
from ..models.version import Version
from ..repository.desired import Desired
from ..repository.loaded import Key, candidate_key, needed
from .folder import StateFolder, write_atomically

_UNUSED_SECONDS = 3600  # a material is written before the state names it


class Materials:
    """The materials of a state folder."""

    def __init__(self, state: StateFolder) -> None:
        self._folder = state.materials

    def add(self, material: Material) -> str:
        """Keeps a material; its digest."""
        content = msgspec.msgpack.encode(material)
        digest = sha256(content).hexdigest()
        write_atomically(self._folder / digest, content, durable=True)
        return digest

    def load(self, key: Key) -> Version:
        """The version of a key. Raises UnusableModelError when its material is gone or damaged."""
        name, number, digest, missing = key
        try:
            content = (self._folder / digest).read_bytes()
        except OSError as error:
            raise UnusableModelError(
                f"{self._folder / digest}: {error.strerror}; load the version again"
            ) from None
        if sha256(content).hexdigest() != digest:
            raise UnusableModelError(f"{self._folder / digest} is damaged; load the version again")
        return version_of(name, number, self._decoded(digest, content), missing)

    def _decoded(self, digest: str, content: bytes) -> Material:
        try:
            return msgspec.msgpack.decode(content, type=Material)
        except msgspec.DecodeError as error:
            said = f"{self._folder / digest} was written by another release of the scorer ({error})"
            raise UnusableModelError(f"{said}; load the version again") from None

    def sweep(self, desired: Desired) -> None:
        """Removes what nothing names any more."""
        used = {key[2] for key in (*needed(desired), *map(candidate_key, desired.candidates))}
        for file in self._folder.iterdir():
            if file.name not in used and file.stat().st_mtime < time.time() - _UNUSED_SECONDS:
                file.unlink(missing_ok=True)
