"""The versions that the command line names, loaded before a worker answers."""

import logging

from ..errors import RefusedError
from ..registry.client import RegistryError
from ..registry.following import Registry
from ..repository.desired import UNLOADED
from ..repository.sources import Source
from ..state.changes import Changes
from ..state.folder import StateFolder

log = logging.getLogger("oipscorer")
SECONDS = 600.0  # for all of them


def seed_once(state: StateFolder, changes: Changes, sources: list[Source], registry: Registry | None) -> None:
    """Loads what the state does not know yet; the first worker does it, and the others wait.

    A version that was refused at an earlier start is tried again. One that was unloaded stays so.
    """
    with state.lock("seeding", SECONDS):
        if state.seeded.exists():
            return
        known = _known(state)
        unknown = [source for source in sources if (source.name, source.number) not in known]
        if unknown:
            _load(changes, unknown)
        if registry:
            _refresh(registry)
        state.seeded.touch()


def _refresh(registry: Registry) -> None:
    """Without an answer what the state has is served."""
    try:
        registry.refresh(again=True)
    except RegistryError as error:
        registry.expect()
        log.error("%s", error)


def _known(state: StateFolder) -> set[tuple[str, str]]:
    return {
        (name, number)
        for name, model in state.read().models.items()
        for number, version in model.versions.items()
        if version.material is not None or version.reason == UNLOADED
    }


def _load(changes: Changes, sources: list[Source]) -> None:
    try:
        changes.load(sources, wanted=True)
    except RefusedError as error:
        log.error("%s", error.message)
