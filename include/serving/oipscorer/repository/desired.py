"""What ought to be served: one value, which every process of a server takes, generation by generation.

The functions make the next value of a given one; they change nothing and know of no process.
"""

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ..errors import RefusedError, shown
from .sources import Source
from .traffic import Traffic, check_traffic

UNLOADED = "unloaded"


class DesiredVersion(Struct, frozen=True):
    """A version and where it came from; `material` is the digest of what was verified, None while it is not served."""

    folder: str
    missing: bool
    material: str | None = None
    reason: str = ""

    def source(self, name: str, number: str) -> Source:
        """Where it can be loaded from again."""
        return Source(name, number, Path(self.folder), self.missing)


class DesiredModel(Struct, frozen=True):
    """Weights and shadows name versions or `aliases`; `wanted`: the server is not ready unless it takes traffic."""

    versions: dict[str, DesiredVersion] = {}
    traffic: Traffic | None = None
    aliases: dict[str, str] = {}
    wanted: bool = False

    def served(self) -> list[str]:
        """The numbers of the versions that are to be ready."""
        return [number for number, version in self.versions.items() if version.material is not None]


class Candidate(Struct, frozen=True):
    """A verified version that all processes load before any of them may serve it; forgotten after `until`.

    until: seconds since 1970, so that a candidate whose process was killed does not stay.
    """

    name: str
    number: str
    version: DesiredVersion
    until: float


class Desired(Struct, frozen=True):
    """All models of a server."""

    generation: int = 0
    models: dict[str, DesiredModel] = {}
    candidates: tuple[Candidate, ...] = ()

    def model(self, name: str) -> DesiredModel:
        """A model by its name. Raises RefusedError (404)."""
        if name not in self.models:
            known = ", ".join(self.models) or "none"
            raise RefusedError(404, f"there is no model {shown(name)}, expected one of {known}")
        return self.models[name]


def with_model(desired: Desired, name: str, model: DesiredModel) -> Desired:
    """Puts a model in the place of what had its name."""
    return replace(desired, models=desired.models | {name: model})


def with_version(
    desired: Desired, name: str, number: str, version: DesiredVersion, traffic: bool = True
) -> Desired:
    """A verified version is served; the first one of a model takes all traffic, unless it is to have none."""
    model = desired.models.get(name, DesiredModel())
    taken = model.traffic or (Traffic({number: 100}) if traffic else None)
    versions = model.versions | {number: version}
    return with_model(desired, name, replace(model, versions=versions, traffic=taken, wanted=True))


def with_refusal(desired: Desired, source: Source, reason: str, wanted: bool) -> Desired:
    """A version could not be loaded; what was served under its number goes on."""
    model = desired.models.get(source.name, DesiredModel())
    before = model.versions.get(source.number)
    if before is None or before.material is None:
        entry = DesiredVersion(str(source.folder), source.missing, None, reason)
    else:
        entry = replace(before, reason=f"serves as loaded before; {source.folder} is refused: {reason}")
    versions = model.versions | {source.number: entry}
    return with_model(desired, source.name, replace(model, versions=versions, wanted=model.wanted or wanted))


def with_traffic(desired: Desired, name: str, traffic: Traffic) -> Desired:
    """New weights and shadows, all at once. Raises RefusedError (404, 400)."""
    model = desired.model(name)
    check_traffic(traffic, set(model.served()), model.aliases)
    return with_model(desired, name, replace(model, traffic=traffic))


def without_version(desired: Desired, name: str, number: str) -> Desired:
    """Takes a version out. Raises RefusedError: 404 where unknown, 409 while traffic names it."""
    model = desired.model(name)
    require_version(model, name, number)
    if model.traffic and number in model.traffic.numbers(model.aliases):
        said = f"version {number} of {name!r} has weight or shadows, expected none"
        raise RefusedError(409, f"{said}; PUT other weights to /v2/repository/models/{name}/traffic first")
    return with_model(desired, name, replace(model, versions=_unloaded(model, {number})))


def without_model(desired: Desired, name: str) -> Desired:
    """Takes every version out: the name answers no more. Raises RefusedError (404)."""
    model = desired.model(name)
    versions = _unloaded(model, set(model.versions))
    return with_model(desired, name, replace(model, versions=versions, traffic=None, wanted=False))


def require_version(model: DesiredModel, name: str, number: str) -> None:
    """Raises RefusedError (404) when a version is not known."""
    if number not in model.versions:
        known = ", ".join(model.versions) or "none"
        raise RefusedError(404, f"model {name!r} has no version {shown(number)}, expected one of {known}")


def _unloaded(model: DesiredModel, numbers: set[str]) -> dict[str, DesiredVersion]:
    return {
        number: replace(version, material=None, reason=UNLOADED) if number in numbers else version
        for number, version in model.versions.items()
    }
