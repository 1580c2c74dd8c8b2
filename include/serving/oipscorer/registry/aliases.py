"""What the aliases of a registry make of what is served."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from ..repository.desired import UNLOADED, Desired, DesiredModel, with_model
from ..repository.traffic import Traffic


def with_aliases(
    desired: Desired, name: str, told: Mapping[str, str], order: Sequence[str], owned: str
) -> Desired:
    """Each alias points to its version, if that is served; else it stays where it was.

    An alias that the registry has no more stays as long as traffic names it. The first alias of `order` takes all
    traffic where there was none. Versions from below the folder `owned` that nothing names any more are taken out.
    """
    model = desired.models.get(name, DesiredModel())
    named = {*model.traffic.weights, *model.traffic.shadows} if model.traffic else set()
    kept = {alias: number for alias, number in model.aliases.items() if alias in told or alias in named}
    served = model.served()
    aliases = kept | {alias: number for alias, number in told.items() if number in served}
    traffic = model.traffic
    if traffic is None and order[0] in aliases:
        traffic = Traffic({order[0]: 100})
    model = replace(model, aliases=aliases, traffic=traffic, wanted=True)
    return with_model(desired, name, _without_unnamed(model, owned))


def expected(desired: Desired, name: str) -> Desired:
    """A model that ought to take traffic, whether there is anything of it or not."""
    return with_model(desired, name, replace(desired.models.get(name, DesiredModel()), wanted=True))


def _without_unnamed(model: DesiredModel, owned: str) -> DesiredModel:
    used = set(model.aliases.values()) | (model.traffic.numbers(model.aliases) if model.traffic else set())
    versions = {
        number: version
        if number in used or version.material is None or not version.folder.startswith(owned)
        else replace(version, material=None, reason=UNLOADED)
        for number, version in model.versions.items()
    }
    return replace(model, versions=versions)
