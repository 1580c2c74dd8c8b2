"""All models of a process, as the newest generation that it has taken has them."""

from typing import Any

from ..errors import RefusedError, shown
from .desired import Desired, DesiredModel
from .loaded import Loaded, key_of
from .served import ServedModel


class Repository:
    """Models by name. A generation is taken by one assignment, so that any thread sees it as a whole."""

    def __init__(self) -> None:
        self.models: dict[str, ServedModel] = {}

    def model(self, name: str) -> ServedModel:
        """A model by its name. Raises RefusedError (404)."""
        model = self.models.get(name)
        if model is None:
            known = ", ".join(self.models) or "none"
            raise RefusedError(404, f"there is no model {shown(name)}, expected one of {known}")
        return model

    def take(self, desired: Desired, loaded: Loaded) -> None:
        """Serves a generation from now on, with what of it is loaded."""
        candidates: dict[str, set[str]] = {}
        for candidate in desired.candidates:
            candidates.setdefault(candidate.name, set()).add(candidate.number)
        names = [*desired.models, *(name for name in candidates if name not in desired.models)]
        self.models = {
            name: _served(name, desired.models.get(name, DesiredModel()), loaded, candidates.get(name, set()))
            for name in names
        }

    def ready(self) -> bool:
        """Whether every model that was given at the start or has served since, and was not unloaded, takes traffic."""
        return all(model.route is not None for model in self.models.values() if model.desired.wanted)

    def index(self, only_ready: bool) -> list[dict[str, Any]]:
        """``$repository_index_response``"""
        return [
            {"name": model.name, "version": number, "state": entry.state, "reason": entry.reason}
            for model in self.models.values()
            for number, entry in model.entries.items()
            if entry.state == "READY" or not only_ready
        ]


def _served(name: str, desired: DesiredModel, loaded: Loaded, loading: set[str]) -> ServedModel:
    keys = {number: key_of(name, number, desired.versions[number]) for number in desired.served()}
    ready = {number: loaded.versions[key] for number, key in keys.items() if key in loaded.versions}
    failures = {number: loaded.failures[key] for number, key in keys.items() if key in loaded.failures}
    return ServedModel(name, desired, ready, failures, loading)
