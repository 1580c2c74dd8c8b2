"""Card payments with fraud, made up by a documented process: docs/fraud-process.md."""

from .drift import Drift
from .generation import Cards, generate

__all__ = ["Cards", "Drift", "generate"]
