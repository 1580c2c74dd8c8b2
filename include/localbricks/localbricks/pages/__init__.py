"""The pages that people look at: the list of runs at `/`, and each run at `/runs/<id>`."""

from .router import RunReader, router

__all__ = ["RunReader", "router"]
