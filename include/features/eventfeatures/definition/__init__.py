"""What is computed: entities, windows and features, read from a plain dict."""

from .model import MAX_WINDOW_MS, MIN_WINDOW_MS, Definition, Feature, Where
from .parsing import parse

__all__ = ["MAX_WINDOW_MS", "MIN_WINDOW_MS", "Definition", "Feature", "Where", "parse"]
