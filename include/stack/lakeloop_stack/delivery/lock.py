"""What the wheel needs, at the versions of the lock: so a cluster installs what the tests ran with."""

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*])?==(?P<version>[^ ;\\]+)", re.MULTILINE)


class LockError(RuntimeError):
    """The lock does not hold what the wheel declares."""


def pinned(declared: list[str], lock: Path) -> list[str]:
    """``name==version`` for each declared requirement and all that it needs in turn, sorted.

    Raises LockError naming a requirement that is not in the lock or not installed.
    """
    versions = {
        canonicalize_name(m["name"]): m["version"] for m in LOCKED.finditer(lock.read_text(encoding="utf-8"))
    }
    found: dict[str, str] = {}
    waiting = [Requirement(text) for text in declared]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found and not requirement.extras:
            continue
        if name not in versions:
            raise LockError(f"{lock} does not hold {requirement}; run the command at its head")
        found[name] = versions[name]
        waiting += _needed(requirement, lock)
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def _needed(requirement: Requirement, lock: Path) -> list[Requirement]:
    try:
        texts = requires(requirement.name) or []
    except PackageNotFoundError:
        raise LockError(f"{requirement.name} of {lock} is not installed; run make setup") from None
    extras = requirement.extras or {""}
    needed = [Requirement(text) for text in texts]
    return [
        r for r in needed if r.marker is None or any(r.marker.evaluate({"extra": extra}) for extra in extras)
    ]
