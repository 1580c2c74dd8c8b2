"""Calls an entry point of an installed package: ``python -P wheel_runner.py <package> <entry point> <arguments...>``.

As on Databricks: the entry point is looked up in the package's metadata, in any group; when it is not there, it
is a function of the package.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any


def find(package: str, name: str) -> Callable[[], Any]:
    """Return what to call; exits with a message that names package and entry point when there is none."""
    try:
        entry_points = distribution(package).entry_points
    except PackageNotFoundError:
        sys.exit(f"package {package} is not installed; add its wheel to the task's libraries or environment")
    for entry_point in entry_points:
        if entry_point.name == name:
            return entry_point.load()
    return _function(package, name, sorted({entry_point.name for entry_point in entry_points}))


def _function(package: str, name: str, known: list[str]) -> Callable[[], Any]:
    try:
        return getattr(import_module(package), name)
    except (ImportError, AttributeError):
        expected = ", ".join(known) or "none"
        sys.exit(
            f"package {package} has neither an entry point nor a function {name}; its entry points: {expected}"
        )


if __name__ == "__main__":
    package_name, entry_point_name, *arguments = sys.argv[1:]
    sys.argv = [entry_point_name, *arguments]
    find(package_name, entry_point_name)()
