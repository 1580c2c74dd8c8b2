"""What clients send: interactions and questions, checked field by field."""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from oipscorer.errors import RefusedError

from ...errors import InteractionError, shown
from ...interactions import LATEST, Interaction, checked
from ..config import Limits
from ..states import Question

DEFAULT_K = 10
FLAGS = {"true": True, "false": False}
QUESTION = ("k", "new_only", "at")
NEEDED = ("entity", "item", "at")


class InvalidItemsError(Exception):
    """Some interactions of a request cannot be; the reasons by their place."""

    def __init__(self, problems: Mapping[int, str]) -> None:
        super().__init__(f"{len(problems)} interactions cannot be")
        self.problems = problems


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def decoded(body: bytes) -> Any:
    """The body's JSON. NaN and infinities, which JSON has not, are let through, so that their field can be named.

    Raises:
        RefusedError: 400, it is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = f"the body is no JSON: {error}; it begins with {shown(body[:40])}"
    value = _with_constants(body)
    if value is None:
        raise RefusedError(400, said)
    return value


def _with_constants(body: bytes) -> Any:
    """JSON that is none only for its NaN and infinities; None where something else is wrong with it."""
    found: list[str] = []

    def constant(name: str) -> float:
        found.append(name)
        return float(name)

    try:
        value = json.loads(body, parse_constant=constant)
    except (ValueError, RecursionError):
        return None
    return value if found else None


def interactions_of(value: Any, limits: Limits) -> list[Interaction]:
    """One interaction, or a list of them.

    Raises:
        RefusedError: 422, it is neither, or too many.
        InvalidItemsError: some of them cannot be.
    """
    items = [value] if isinstance(value, dict) else value
    if not isinstance(items, list) or not 1 <= len(items) <= limits.interactions:
        seen = f"{len(items)} items" if isinstance(items, list) else shown(items)
        raise RefusedError(
            422,
            f"the body is {seen}; expected an interaction or a list of 1 to {limits.interactions}",
        )
    latest = now() + int(limits.ahead_seconds * 1000)
    made, problems = [], {}
    for place, item in enumerate(items):
        try:
            made.append(_interaction(item, latest, limits))
        except InteractionError as error:
            problems[place] = str(error)
    if problems:
        raise InvalidItemsError(problems)
    return made


def _interaction(item: Any, latest: int, limits: Limits) -> Interaction:
    if not isinstance(item, dict):
        raise InteractionError(
            f"it is {shown(item)}; expected an object with {', '.join(Interaction._fields)}"
        )
    unknown = sorted(set(item) - set(Interaction._fields))
    if unknown:
        raise InteractionError(f"{shown(unknown[0])} is no field; known are {', '.join(Interaction._fields)}")
    missing = [name for name in NEEDED if name not in item]
    if missing:
        raise InteractionError(f"{missing[0]} is missing; expected {', '.join(NEEDED)}")
    made = checked(Interaction(**item))
    for name in ("entity", "item", "group"):
        _check_text(name, getattr(made, name), limits.text)
    if made.at > latest:
        raise InteractionError(
            f"at is {made.at}; expected at most {latest}, which is {limits.ahead_seconds:g} s after the server's time"
        )
    return made


def _check_text(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise InteractionError(f"{name} has {len(text)} characters: {shown(text)}; expected at most {most}")


def queried(pairs: Iterable[tuple[str, str]], limits: Limits) -> Question:
    """The question of a query string. Raises RefusedError (422)."""
    values: dict[str, Any] = {}
    for name, text in pairs:
        if name in values:
            raise RefusedError(422, f"{name} is given twice; expected it once")
        whole = text.isascii() and text.isdigit() and len(text) < 20
        values[name] = FLAGS.get(text, text) if name == "new_only" else int(text) if whole else text
    return _question(values, QUESTION, limits)


def asked(value: Any, limits: Limits) -> tuple[list[str], Question]:
    """The entities and the question of a body. Raises RefusedError (422)."""
    if not isinstance(value, dict):
        raise RefusedError(
            422, f"the body is {shown(value)}; expected an object with entities, k, new_only, at"
        )
    question = _question(value, ("entities", *QUESTION), limits)
    entities = value.get("entities")
    if not isinstance(entities, list) or not 1 <= len(entities) <= limits.entities:
        seen = f"{len(entities)} items" if isinstance(entities, list) else shown(entities)
        raise RefusedError(422, f"entities is {seen}; expected a list of 1 to {limits.entities} texts")
    return [named(entity, f"entities[{place}]", limits) for place, entity in enumerate(entities)], question


def named(entity: Any, field: str, limits: Limits) -> str:
    """The name of an entity. Raises RefusedError (422)."""
    if not isinstance(entity, str) or not 1 <= len(entity) <= limits.text:
        raise RefusedError(
            422, f"{field} is {shown(entity)}; expected a text of 1 to {limits.text} characters"
        )
    return entity


def _question(values: Mapping[str, Any], known: tuple[str, ...], limits: Limits) -> Question:
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise RefusedError(422, f"{shown(unknown[0])} is unknown here; known are {', '.join(known)}")
    k, new_only, at = values.get("k", DEFAULT_K), values.get("new_only", False), values.get("at")
    if type(k) is not int or not 1 <= k <= limits.k:
        raise RefusedError(422, f"k is {shown(k)}; expected a whole number from 1 to {limits.k}")
    if type(new_only) is not bool:
        raise RefusedError(422, f"new_only is {shown(new_only)}; expected true or false")
    if at is not None and (type(at) is not int or not 0 <= at < LATEST):
        raise RefusedError(422, f"at is {shown(at)}; expected whole milliseconds since 1970")
    return Question(k, new_only, now() if at is None else at)
