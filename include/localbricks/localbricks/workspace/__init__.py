"""Workspace files and notebooks: import, export, list, mkdirs, delete, get-status."""

from .files import WorkspaceFiles
from .router import router

__all__ = ["WorkspaceFiles", "router"]
