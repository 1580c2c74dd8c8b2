"""Loads a version from a folder that MLflow wrote: admitted once, then made by every process that serves it."""

from pathlib import Path

from ..protocol.features import Features
from .material import Material, read_material
from .trial import try_apart
from .verification import verified
from .version import Version


def admit(folder: Path) -> Material:
    """What a folder holds, verified in a process of its own. Raises UnusableModelError with the reason."""
    material = read_material(folder)
    try_apart(material)
    return material


def version_of(name: str, number: str, material: Material, missing: bool) -> Version:
    """The version that an admitted material makes. Raises UnusableModelError with the reason."""
    return Version(name, number, Features(material.columns, missing), verified(material))


def load_version(name: str, number: str, folder: Path, missing: bool) -> Version:
    """The verified version in a folder. Raises UnusableModelError with the reason."""
    return version_of(name, number, admit(folder), missing)
