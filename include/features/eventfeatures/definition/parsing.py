"""A plain dict, as YAML gives it, to a `Definition`; every mistake is named by its place."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from math import inf
from typing import Any

from ..errors import DefinitionError, shown
from .model import MAX_WINDOW_MS, MIN_WINDOW_MS, Definition, Feature, Where
from .needs import NEEDS, Needs

TOP = ("time", "id", "entities", "location", "features")
PARTS = ("name", "kind", "entity", "of", "window", "where", "by", "values")
WINDOW = re.compile(r"([1-9]\d*)([mhd])")
UNIT_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


def parse(plain: Mapping[str, Any]) -> Definition:
    """The definition that a dict describes.

    Raises:
        DefinitionError: a part is missing, unknown or of another type, a name is used twice, or a feature refers to an
            entity that there is not; the text names the place, such as ``features[3] (card_sum_1h): window``.
    """
    _check_mapping(plain, "definition", TOP)
    entities = _entities(plain.get("entities"))
    location = _location(plain.get("location"))
    features = _features(plain.get("features"), entities, location)
    time, name = (_text(plain.get(part), part, "the name of a field") for part in ("time", "id"))
    return Definition(time, name, entities, features, location)


def _entities(plain: object) -> dict[str, str]:
    if not isinstance(plain, Mapping) or not plain:
        raise DefinitionError(f"entities is {shown(plain)}, expected for each entity {{key: FIELD}}")
    for name, entity in plain.items():
        if not isinstance(name, str) or not name.isidentifier():  # it becomes part of a store's keys
            raise DefinitionError(
                f"entities has {shown(name)}, expected a name of letters, digits and underscores"
            )
        _check_mapping(entity, f"entities.{name}", ("key",))
    return {n: _text(e.get("key"), f"entities.{n}.key", "the name of a field") for n, e in plain.items()}


def _location(plain: object) -> tuple[str, str] | None:
    if plain is None:
        return None
    if not isinstance(plain, list) or len(plain) != 2 or not all(isinstance(field, str) for field in plain):
        raise DefinitionError(f"location is {shown(plain)}, expected [FIELD OF LATITUDE, FIELD OF LONGITUDE]")
    return plain[0], plain[1]


def _features(
    plain: object, entities: Collection[str], location: tuple[str, str] | None
) -> tuple[Feature, ...]:
    if not isinstance(plain, list) or not plain:
        raise DefinitionError(f"features is {shown(plain)}, expected a list with at least one feature")
    features = tuple(_feature(part, at, entities, location) for at, part in enumerate(plain))
    names: set[str] = set()
    for at, feature in enumerate(features):
        if feature.name in names:
            raise DefinitionError(f"features[{at}]: the name {feature.name} is used twice")
        names.add(feature.name)
    return features


def _feature(plain: object, at: int, entities: Collection[str], location: tuple[str, str] | None) -> Feature:
    place = f"features[{at}]"
    _check_mapping(plain, place, PARTS)
    assert isinstance(plain, Mapping)
    name = _text(plain.get("name"), f"{place}.name", "a name")
    place = f"{place} ({name})"
    kind = _one_of(plain.get("kind"), f"{place}: kind", NEEDS)
    _check_parts(plain, place, NEEDS[kind], kind)
    if NEEDS[kind].location and location is None:
        raise DefinitionError(f"{place}: kind {kind} needs `location` in the definition")
    return Feature(
        name=name,
        kind=kind,
        entity=_one_of(plain["entity"], f"{place}: entity", entities) if "entity" in plain else None,
        of=_text(plain["of"], f"{place}: of", "the name of a field") if "of" in plain else None,
        window_ms=_window(plain["window"], f"{place}: window") if "window" in plain else 0,
        where=_where(plain["where"], f"{place}: where") if "where" in plain else None,
        by=_divisor(plain["by"], f"{place}: by") if "by" in plain else 0.0,
        values=_values(plain["values"], f"{place}: values") if "values" in plain else (),
    )


def _check_parts(plain: Mapping[str, Any], place: str, needs: Needs, kind: str) -> None:
    for part in PARTS[2:]:
        needed = getattr(needs, part)
        if needed and part not in plain:
            raise DefinitionError(f"{place}: kind {kind} needs `{part}`")
        if needed is False and part in plain:
            raise DefinitionError(f"{place}: kind {kind} takes no `{part}`, but it is {shown(plain[part])}")


def _window(plain: object, place: str) -> int:
    found = WINDOW.fullmatch(plain) if isinstance(plain, str) else None
    length = int(found[1]) * UNIT_MS[found[2]] if found else 0
    if not MIN_WINDOW_MS <= length <= MAX_WINDOW_MS:
        raise DefinitionError(
            f"{place} is {shown(plain)}, expected a whole number and m, h or d between 1m and 30d, "
            "such as 10m, 24h or 7d"
        )
    return length


def _divisor(plain: object, place: str) -> float:
    if isinstance(plain, bool) or not isinstance(plain, int | float) or not 0 < plain < inf:
        raise DefinitionError(f"{place} is {shown(plain)}, expected a number above 0")
    return float(plain)


def _where(plain: object, place: str) -> Where:
    if not isinstance(plain, Mapping) or len(plain) != 1:
        raise DefinitionError(f"{place} is {shown(plain)}, expected one {{FIELD: VALUE}}")
    ((field, value),) = plain.items()
    return Where(_text(field, place, "the name of a field"), _text(value, f"{place}.{field}", "a string"))


def _values(plain: object, place: str) -> tuple[str, ...]:
    strings = isinstance(plain, list) and all(isinstance(value, str) for value in plain)
    if not isinstance(plain, list) or not plain or not strings or len(set(plain)) != len(plain):
        raise DefinitionError(f"{place} is {shown(plain)}, expected a list of different strings")
    return tuple(plain)


def _check_mapping(plain: object, place: str, known: Collection[str]) -> None:
    if not isinstance(plain, Mapping):
        raise DefinitionError(f"{place} is {shown(plain)}, expected a mapping with {', '.join(known)}")
    for part in plain:
        if part not in known:
            raise DefinitionError(
                f"{place} has {shown(part)}{_near(part, known)}; it takes {', '.join(known)}"
            )


def _text(plain: object, place: str, expected: str) -> str:
    if not isinstance(plain, str) or not plain:
        raise DefinitionError(f"{place} is {shown(plain)}, expected {expected}")
    return plain


def _one_of(plain: object, place: str, known: Collection[str]) -> str:
    if not isinstance(plain, str) or plain not in known:
        raise DefinitionError(f"{place} is {shown(plain)}{_near(plain, known)}; there are {', '.join(known)}")
    return plain


def _near(value: object, known: Collection[str]) -> str:
    found = get_close_matches(str(value), list(known), n=1)
    return f", did you mean {found[0]}?" if found else ""
