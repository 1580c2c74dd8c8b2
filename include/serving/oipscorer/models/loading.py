"""Loads a version from a folder that MLflow wrote."""

from pathlib import Path

from ..protocol.features import Features
from .material import read_material
from .trial import try_apart
from .verification import verified
from .version import Version


def load_version(name: str, number: str, folder: Path, missing: bool) -> Version:
    """The verified version in a folder. Raises UnusableModelError with the reason."""
    material = read_material(folder)
    try_apart(material)
    return Version(name, number, Features(material.columns, missing), verified(material))
