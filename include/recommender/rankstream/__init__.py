"""Suggestions that change with each interaction: retrieval, ranking, judgement and the state of each entity."""

from .errors import InteractionError, ModelError, SettingsError, StateError
from .interactions import Interaction
from .model import Model
from .recommender import Recommender, Suggestion, Suggestions
from .settings import Settings, settings_of
from .state import State
from .training import fit, refresh

__all__ = [
    "Interaction",
    "InteractionError",
    "Model",
    "ModelError",
    "Recommender",
    "Settings",
    "SettingsError",
    "State",
    "StateError",
    "Suggestion",
    "Suggestions",
    "fit",
    "refresh",
    "settings_of",
]
