"""The judgement of a model against simple methods."""

from .intervals import Estimate, estimate
from .judge import Row, judge

__all__ = ["Estimate", "Row", "estimate", "judge"]
