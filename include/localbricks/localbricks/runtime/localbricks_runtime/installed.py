"""Whether what `%pip install` asks for is installed."""

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ADVICE = "the local workspace fetches nothing: declare it in the task's libraries or environment"


class PipError(RuntimeError):
    """What `%pip` asks for is not there, or cannot be done here; the message names it."""


def is_installed(text: str) -> bool:
    """Whether the package that a requirement names is installed, in any version."""
    from packaging.requirements import Requirement

    try:
        return distribution(Requirement(text).name) is not None
    except PackageNotFoundError:
        return False


def version_for(text: str) -> str:
    """The version that meets a requirement, or why none is needed. Raises PipError."""
    from packaging.requirements import InvalidRequirement, Requirement

    if "://" in text:
        raise PipError(f"%pip install {text}: {ADVICE}")
    if text.endswith(".whl"):
        return _wheel(text)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise PipError(
            f"%pip install {text}: neither a requirement nor a wheel ({error}); {ADVICE}"
        ) from error
    if requirement.marker and not requirement.marker.evaluate():
        return "not needed here"
    return _version(text, requirement.name, str(requirement.specifier), sorted(requirement.extras))


def _wheel(text: str) -> str:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name, version, *_ = parse_wheel_filename(Path(text).name)
    except InvalidWheelFilename as error:
        raise PipError(f"%pip install {text}: {error}") from error
    return _version(text, name, f"=={version}", [])


def _version(text: str, name: str, specifier: str, extras: list[str]) -> str:
    from packaging.specifiers import SpecifierSet

    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise PipError(f"%pip install {text}: {name} is not installed; {ADVICE}") from None
    if not SpecifierSet(specifier).contains(found.version, prereleases=True):
        raise PipError(f"%pip install {text}: {name} {found.version} is installed; {ADVICE}")
    for needed in _of_extras(found, extras):
        _version(f"{text}, which needs {needed}", needed.name, str(needed.specifier), sorted(needed.extras))
    return found.version


def _of_extras(found: Distribution, extras: list[str]) -> list[Any]:
    """What the extras of a distribution need beside what it needs anyway."""
    from packaging.requirements import Requirement

    needed = [Requirement(text) for text in found.requires or []] if extras else []
    marked = [(one, one.marker) for one in needed if one.marker and not one.marker.evaluate({"extra": ""})]
    return [one for one, marker in marked if any(marker.evaluate({"extra": extra}) for extra in extras)]
