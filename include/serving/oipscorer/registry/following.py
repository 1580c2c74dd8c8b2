"""Keeps the aliases of a server at those of its registry."""

import logging
import time
from threading import Event, Thread

from ..errors import RefusedError
from ..repository.desired import UNLOADED
from ..repository.sources import Source
from ..state.changes import Changes
from ..state.folder import StateFolder, Status
from .aliases import expected, with_aliases
from .client import RegistryError, aliases_of
from .download import SECONDS, downloaded
from .registered import Registered

log = logging.getLogger("oipscorer")


class Registry:
    """A registry and the state that follows it; one process at a time asks it."""

    def __init__(self, registered: Registered, state: StateFolder, changes: Changes) -> None:
        self.registered = registered
        self._state, self._changes = state, changes

    def refresh(self, again: bool) -> dict[str, dict[str, str]]:
        """Loads what aliases name and is not there yet, then points them to it.

        Args:
            again: whether versions that were refused are tried again.

        Returns the aliases as they are served, and the reasons of versions that are named and refused. Raises
        RegistryError, and then all is served as before.
        """
        with self._state.lock("registry", SECONDS):
            return self._refresh(again)

    def expect(self) -> None:
        """The server is not ready until the model takes traffic, also if the registry has never answered."""
        self._changes.apply(lambda desired: expected(desired, self.registered.name))

    def _refresh(self, again: bool) -> dict[str, dict[str, str]]:
        registered = self.registered
        try:
            told = aliases_of(registered.uri, registered.name)
            followed = {alias: told[alias] for alias in registered.aliases if alias in told}
            for number in dict.fromkeys(followed.values()):
                self._load(number, again)
        except RegistryError as error:
            self._tell(str(error))
            raise
        self._point(followed)
        self._tell("")
        model = self._state.read().models[registered.name]
        refused = {
            n: model.versions[n].reason for n in followed.values() if model.versions[n].material is None
        }
        return {"aliases": model.aliases, "refused": refused}

    def _point(self, followed: dict[str, str]) -> None:
        registered, owned = self.registered, str(self._state.downloads)
        self._changes.apply(
            lambda desired: with_aliases(desired, registered.name, followed, registered.aliases, owned)
        )

    def _load(self, number: str, again: bool) -> None:
        model = self._state.read().models.get(self.registered.name)
        known = model.versions.get(number) if model else None
        if known and (known.material or not (again or known.reason == UNLOADED)):
            return
        folder = downloaded(self.registered.uri, self.registered.name, number, self._state.downloads)
        source = Source(self.registered.name, number, folder, self.registered.allow_missing)
        try:
            self._changes.load([source], wanted=True, traffic=False)
        except RefusedError as error:  # it stands in the index
            log.error("%s", error.message)

    def _tell(self, reason: str) -> None:
        before, now = self._state.status(), time.time()
        since = before.since if before and before.reason and reason else now
        self._state.tell_status(Status(self.registered.name, not reason, reason, since, now))
        if reason and (before is None or before.reachable):
            log.error("the registry does not answer; what is there is served: %s", reason)


class Poller:
    """A thread of each worker; the one that comes first after `poll_seconds` asks the registry."""

    def __init__(self, registry: Registry, state: StateFolder) -> None:
        self._registry, self._state, self._over = registry, state, Event()
        self._thread = Thread(target=self._poll, name="registry", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No look begins any more."""
        self._over.set()

    def _poll(self) -> None:
        seconds = self._registry.registered.poll_seconds
        while not self._over.wait(seconds / 4):
            status = self._state.status()
            if status is None or time.time() - status.checked >= seconds:
                self._look()

    def _look(self) -> None:
        try:
            self._registry.refresh(again=False)
        except RegistryError:
            return  # the status says so
        except Exception:
            log.exception("the registry's aliases could not be followed")
