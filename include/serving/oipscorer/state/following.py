"""Keeps a repository at the newest generation, and says so to those who wait for it."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Thread

from msgspec.structs import replace

from ..repository.desired import Desired
from ..repository.loaded import Key, Loaded, candidate_key, needed
from ..repository.repository import Repository
from .folder import StateFolder
from .materials import Materials
from .members import Kind, Member

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0  # between two looks at the state without being woken


def key_text(key: Key) -> str:
    """A key as acknowledgements name it."""
    return "/".join(map(str, key))


class Following:
    """A thread that takes each generation, and another that loads candidates, so that no change waits for a load."""

    def __init__(self, state: StateFolder, repository: Repository, kind: Kind, name: str) -> None:
        self._state, self._repository = state, repository
        self._loaded = Loaded(Materials(state).load)
        self._member, self._saying = Member(state, kind, name), Lock()
        self._generation, self._over = -1, Event()
        self._candidates = ThreadPoolExecutor(1, thread_name_prefix="candidates")
        self._take()  # before anything is answered
        self._thread = Thread(target=self._follow, name="state", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the threads; the repository stays as it is."""
        self._over.set()
        self._member.wake_up()
        self._thread.join()
        self._candidates.shutdown(cancel_futures=True)
        self._member.close()

    def _follow(self) -> None:
        while not self._over.is_set():
            self._member.wait(LOOK_SECONDS)
            try:
                self._take()
            except (
                Exception
            ):  # it serves what it has; who waits for this member learns that it does not follow
                log.exception("the state could not be taken")

    def _take(self) -> None:
        desired = self._state.read()
        if desired.generation == self._generation:
            return
        keys = needed(desired)
        for key in keys:
            self._loaded.add(key)
        self._repository.take(desired, self._loaded)
        self._generation = desired.generation
        self._loaded.keep([*keys, *map(candidate_key, desired.candidates)])
        self._acknowledge(desired, keys)

    def _acknowledge(self, desired: Desired, keys: list[Key]) -> None:
        failures = tuple(self._loaded.failures[key] for key in keys if key in self._loaded.failures)
        tried = {key_text(key): "" for key in list(self._loaded.versions)}
        self._say(lambda taken: replace(taken, generation=desired.generation, tried=tried, failures=failures))
        for candidate in desired.candidates:
            self._candidates.submit(self._try, candidate_key(candidate))

    def _try(self, key: Key) -> None:
        self._loaded.add(key)
        outcome = self._loaded.failures.get(key, "")
        self._say(lambda taken: replace(taken, tried=taken.tried | {key_text(key): outcome}))

    def _say(self, change: Callable[..., object]) -> None:
        with self._saying:
            self._member.say(change(self._member.taken))  # type: ignore[arg-type]
