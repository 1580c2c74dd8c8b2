"""Keeps the version that answers at the one that an alias of the registry names."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

from oipscorer.registry.client import RegistryError, aliases_of

from ...errors import ModelError
from ...mlflow_model import folder_of
from ..config import ModelSource
from .downloads import Downloads
from .serving import Serving

log = logging.getLogger("rankstream")


class Following:
    """A registered model, of which one version answers.

    Raises:
        ConfigError: the folder for downloads is used by another process.
    """

    def __init__(self, source: ModelSource, serving: Serving) -> None:
        assert source.name is not None
        assert source.downloads is not None
        self._name, self._uri, self._order = source.name, source.registry_uri, source.aliases
        self._serving = serving
        self._downloads = Downloads(source.downloads, source.registry_uri, source.name)
        self._lock = Lock()

    def refresh(self, again: bool) -> None:
        """Let the version answer that the first alias names; one that cannot be verified is noted as refused.

        Args:
            again: whether a version that was refused is downloaded and tried again.

        Raises:
            RegistryError: the registry does not answer, or has none of the aliases; all is as before.
        """
        with self._lock:
            try:
                self._follow(again)
                self._serving.trouble = ""
            except (RegistryError, OSError) as error:
                if str(error) != self._serving.trouble:
                    log.error("the registry could not be followed; what answers goes on: %s", error)
                self._serving.trouble = str(error)
                raise RegistryError(str(error)) from error

    def resume(self) -> None:
        """Where nothing answers, such as after a start without a registry, let the version that did last."""
        with self._lock:
            remembered = self._downloads.remembered()
            if self._serving.current is None and remembered is not None:
                number, folder = remembered
                self._try(number, folder)

    def _follow(self, again: bool) -> None:
        told = aliases_of(self._uri, self._name)
        alias = next((alias for alias in self._order if alias in told), None)
        if alias is None:
            raise RegistryError(
                f"{self._name} has none of the aliases {', '.join(self._order)}; set one in the registry"
            )
        self._load(told[alias], again)
        current = self._serving.current
        self._serving.aliases = sorted(
            a for a, number in told.items() if current and number == current.number
        )

    def _load(self, number: str, again: bool) -> None:
        serving = self._serving
        if serving.current is None or serving.current.number != number:
            if not (serving.step_back(number) or self._new(number, again)):
                return
            self._downloads.remember(number, serving.kept)
        serving.refused = {}

    def _new(self, number: str, again: bool) -> bool:
        """Whether a version that is not in memory could be verified, and so answers."""
        if number in self._serving.refused:
            if not again:
                return False
            self._downloads.forget(number)
        return self._try(number, self._downloads.get(number))

    def _try(self, number: str, folder: Path) -> bool:
        try:
            self._serving.take(number, folder_of(folder))
        except ModelError as error:
            self._serving.refused = self._serving.refused | {number: str(error)}
            log.error("version %s of %s is refused: %s", number, self._name, error)
            return False
        log.warning("version %s of %s answers", number, self._name)
        return True


class Poller:
    """A thread that asks the registry at once, and then every so many seconds."""

    def __init__(self, following: Following, seconds: float) -> None:
        self._following, self._seconds, self._over = following, seconds, Event()
        self._thread = Thread(target=self._poll, name="registry", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No look begins any more."""
        self._over.set()

    def _poll(self) -> None:
        self._guarded(self._look)
        self._guarded(self._following.resume)
        while not self._over.wait(self._seconds):
            self._guarded(self._look)

    def _look(self) -> None:
        with suppress(RegistryError):  # health and metrics say so
            self._following.refresh(again=False)

    def _guarded(self, call: Callable[[], None]) -> None:
        """What nobody foresaw must not end the thread."""
        try:
            call()
        except Exception:
            log.exception("the registry could not be followed; what answers goes on")
