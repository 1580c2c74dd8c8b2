"""``%pip install``: nothing is fetched here, so what is asked for must be installed already."""

import shlex
from importlib.metadata import PackageNotFoundError, version


def satisfied(command: str) -> None:
    """Say that each requirement is met. Raises RuntimeError naming the first that is not, or an option."""
    words = shlex.split(command)
    if not words:
        return
    if words[0] != "install":
        raise RuntimeError(f"%pip {words[0]} is not supported by the local workspace, only %pip install")
    for text in words[1:]:
        if text in ("-q", "--quiet", "-U", "--upgrade"):
            continue
        _require(text)


def _require(text: str) -> None:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise RuntimeError(
            f"%pip install {text}: the local workspace fetches nothing; expected a requirement that is installed"
        ) from error
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        found = ""
    if not found or not requirement.specifier.contains(found, prereleases=True):
        seen = f"{found} is installed" if found else "it is not installed"
        raise RuntimeError(
            f"%pip install {text}: {seen}, and the local workspace fetches nothing from an index"
        )
    print(f"Requirement already satisfied: {text} ({found})")
