"""What is kept of the events of an entity, how features are read from it, and how an event changes it."""

from .plan import Plan

__all__ = ["Plan"]
