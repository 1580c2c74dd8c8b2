"""The versions that a process has loaded, by what they are made of."""

from collections.abc import Callable, Iterable
from threading import Lock

from ..errors import UnusableModelError
from ..models.version import Version
from .desired import Candidate, Desired, DesiredVersion

Key = tuple[str, str, str, bool]  # name, number, digest of the material, whether values may be missing
Load = Callable[[Key], Version]  # raises UnusableModelError


def key_of(name: str, number: str, version: DesiredVersion) -> Key:
    """What tells a version from another one of its number."""
    return name, number, str(version.material), version.missing


def candidate_key(candidate: Candidate) -> Key:
    """The key of a version that is not served yet."""
    return key_of(candidate.name, candidate.number, candidate.version)


def needed(desired: Desired) -> list[Key]:
    """What has to be ready to serve a generation."""
    return [
        key_of(name, number, model.versions[number])
        for name, model in desired.models.items()
        for number in model.served()
    ]


class Loaded:
    """Versions by key, and why the others could not be loaded."""

    def __init__(self, load: Load) -> None:
        self._load, self._lock = load, Lock()  # the lock is never held while a version is loaded
        self.versions: dict[Key, Version] = {}
        self.failures: dict[Key, str] = {}

    def add(self, key: Key) -> None:
        """Loads a version, unless that was tried before."""
        if key in self.versions or key in self.failures:
            return
        try:
            version = self._load(key)
        except UnusableModelError as error:
            with self._lock:
                self.failures[key] = str(error)
            return
        with self._lock:
            self.versions[key] = version

    def keep(self, keys: Iterable[Key]) -> None:
        """Forgets all but these; a request that holds a version keeps it."""
        kept = set(keys)
        with self._lock:
            self.versions = {key: version for key, version in self.versions.items() if key in kept}
            self.failures = {key: reason for key, reason in self.failures.items() if key in kept}
