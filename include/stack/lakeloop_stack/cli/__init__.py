"""The command line ``lakeloop``."""

from .commands import app, main

__all__ = ["app", "main"]
