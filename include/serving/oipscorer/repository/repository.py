"""All models of a server. Read and changed by the event loop alone; only the loading itself runs beside it."""

import asyncio
from typing import Any

from ..errors import RefusedError, UnusableModelError, shown
from ..models.loading import load_version
from ..models.version import Version
from .served import ServedModel
from .sources import Source


class Repository:
    """Models by name."""

    def __init__(self) -> None:
        self.models: dict[str, ServedModel] = {}
        self._wanted: set[str] = set()  # models that ought to answer, or the server is not ready
        self._changing = asyncio.Lock()  # one load or unload after the other

    def model(self, name: str) -> ServedModel:
        """A model by its name. Raises RefusedError (404)."""
        model = self.models.get(name)
        if model is None:
            known = ", ".join(self.models) or "none"
            raise RefusedError(404, f"there is no model {shown(name)}, expected one of {known}")
        return model

    def load_now(self, source: Source) -> None:
        """Loads a version before the server listens; what is wrong with it stands in the index."""
        self._wanted.add(source.name)
        self._record(source, _attempt(source))

    async def load(self, sources: list[Source]) -> None:
        """Loads or reloads versions while requests run. Raises RefusedError (400) with the reasons that some failed."""
        async with self._changing:
            outcomes = [(source, await self._load(source)) for source in sources]
        reasons = [
            f"version {source.number} of {source.name!r} is refused: {outcome}"
            for source, outcome in outcomes
            if isinstance(outcome, UnusableModelError)
        ]
        if reasons:
            raise RefusedError(400, "; ".join(reasons))

    async def _load(self, source: Source) -> Version | UnusableModelError:
        self.models.setdefault(source.name, ServedModel(source.name)).loading(source)
        outcome = await asyncio.to_thread(_attempt, source)
        self._record(source, outcome)
        return outcome

    def _record(self, source: Source, outcome: Version | UnusableModelError) -> None:
        model = self.models.setdefault(source.name, ServedModel(source.name))
        if isinstance(outcome, Version):
            model.loaded(source, outcome)
            self._wanted.add(source.name)
        else:
            model.failed(source, str(outcome))

    async def unload(self, name: str, number: str | None) -> None:
        """Takes out a version, or all of a model. Raises RefusedError: 404 where unknown, 409 where it has traffic."""
        async with self._changing:
            model = self.model(name)
            if number is None:
                model.unload_all()
                self._wanted.discard(name)
                return
            model.require(number)
            model.unload(number)

    def ready(self) -> bool:
        """Whether every model that was given at the start or has served since, and was not unloaded, takes traffic."""
        return all(self.models[name].route is not None for name in self._wanted)

    def index(self, only_ready: bool) -> list[dict[str, Any]]:
        """``$repository_index_response``"""
        return [
            {"name": model.name, "version": number, "state": entry.state, "reason": entry.reason}
            for model in self.models.values()
            for number, entry in model.entries.items()
            if entry.state == "READY" or not only_ready
        ]


def _attempt(source: Source) -> Version | UnusableModelError:
    try:
        return load_version(source.name, source.number, source.folder, source.missing)
    except UnusableModelError as error:
        return error
