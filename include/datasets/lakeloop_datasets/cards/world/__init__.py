"""Who pays, where and what for: cards, merchants, categories, cities and journeys."""

from .population import FAVOURITES, NET, World, near, world
from .trips import whereabouts

__all__ = ["FAVOURITES", "NET", "World", "near", "whereabouts", "world"]
