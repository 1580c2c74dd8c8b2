"""What is known of the items: popularity, neighbours, factors."""

from .neighbours import Neighbours, nearest
from .statistics import NAMES, Statistics, statistics_of

__all__ = ["NAMES", "Neighbours", "Statistics", "nearest", "statistics_of"]
