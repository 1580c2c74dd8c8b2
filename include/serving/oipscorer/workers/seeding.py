"""The versions that the command line names, loaded before a worker answers."""

import logging
import shutil
from pathlib import Path

from ..errors import RefusedError
from ..repository.desired import UNLOADED
from ..repository.sources import Source
from ..state.changes import Changes
from ..state.folder import StateFolder
from ..state.members import sweep

log = logging.getLogger("oipscorer")


def seed(place: Path, sources: list[Source]) -> None:
    """Loads what the state does not know yet; what is wrong with it stands in the index.

    A version that was refused at an earlier start is tried again. One that was unloaded stays so.
    """
    state = StateFolder(place)
    sweep(state)
    shutil.rmtree(state.counters)
    models = StateFolder(place).read().models
    known = {
        (name, number)
        for name, model in models.items()
        for number, version in model.versions.items()
        if version.material is not None or version.reason == UNLOADED
    }
    for source in sources:
        if (source.name, source.number) not in known:
            _load(Changes(state), source)


def _load(changes: Changes, source: Source) -> None:
    try:
        changes.load([source], wanted=True)
    except RefusedError as error:
        log.error("%s", error.message)
    else:
        log.info("version %s of %r is READY", source.number, source.name)
