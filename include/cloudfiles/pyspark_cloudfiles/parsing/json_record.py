"""One JSON text as Spark's reader takes it: each value keeps its own text.

Spark's defaults are more lenient than JSON: single quotes, `NaN` and `Infinity`, several objects of one array as
several rows, and whatever follows the first value of a line is not looked at.
"""

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]


class Nested(str):
    """The text of an object or of a list."""

    __slots__ = ()


# Text of a string, text of a number (bytes, so that "1" and 1 are not the same), true or false, null, or nested.
Token = str | bytes | bool | Nested | None
Member = tuple[str, Token]
DEEPEST = 200  # levels of lenient JSON
SPACE = re.compile(r"[ \t\r\n]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
NO_NUMBER = re.compile(r"NaN|[+-]INF|[+-]?Infinity")
WORD = re.compile(r"true|false|null")
WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
PLAIN_MEMBER = re.compile(r'[ \t\r\n]*"([^"\\\x00-\x1f]*)"[ \t\r\n]*:[ \t\r\n]*')
STRINGS = {
    '"': re.compile(r'(?:[^"\\\x00-\x1f]|\\.)*'),
    "'": re.compile(r"(?:[^'\\\x00-\x1f]|\\.)*"),
}
ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\.", re.DOTALL)
ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "'": "'", "/": "/", "\\": "\\"}
SURROGATE = re.compile("[\ud800-\udfff]")
_strict = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def records(text: str) -> tuple[list[list[Member]], str]:
    """The rows of a line, as the members of one object or of each object of a list, and what is left behind them.

    Raises ValueError when it begins with anything else, or with something that is no JSON.
    """
    place = _space(text, 0)
    if place == len(text):
        return [], ""
    value, end = _value(text, place, 0)
    rest = text[_space(text, end) :]
    if not isinstance(value, Nested):
        raise ValueError("neither an object nor a list")
    if value[0] == "{":
        return [members(value)], rest
    found = []
    for element in elements(value):
        if not isinstance(element, Nested) or element[0] != "{":
            raise ValueError("a list of other things than objects")
        found.append(members(element))
    return found, rest


def members(text: str) -> list[Member]:
    """Names and values of the object that `text` begins with, in their order. Raises ValueError."""
    return _members(text, 0, 0)[0]


def elements(text: str) -> list[Token]:
    """The values of the list that `text` begins with. Raises ValueError."""
    return _elements(text, 0, 0)[0]


def as_text(token: str) -> str:
    """A string as Spark keeps it: half of a surrogate pair becomes a question mark."""
    return SURROGATE.sub("?", token)


def _space(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return found.end() if found else place


def _members(text: str, place: int, depth: int) -> tuple[list[Member], int]:
    found: list[Member] = []
    place = _space(text, place + 1)
    if text[place : place + 1] == "}":
        return found, place + 1
    while True:
        name, place = _name(text, place)
        value, place = _value(text, place, depth)
        found.append((name, value))
        place = _space(text, place)
        follows = text[place : place + 1]
        if follows == "}":
            return found, place + 1
        if follows != ",":
            raise ValueError(f"{follows!r} behind a value")
        place += 1


def _name(text: str, place: int) -> tuple[str, int]:
    plain = PLAIN_MEMBER.match(text, place)
    if plain:
        return plain[1], plain.end()
    name, place = _string(text, _space(text, place))
    place = _space(text, place)
    if text[place : place + 1] != ":":
        raise ValueError("a name without a value")
    return name, _space(text, place + 1)


def _elements(text: str, place: int, depth: int) -> tuple[list[Token], int]:
    found: list[Token] = []
    place = _space(text, place + 1)
    if text[place : place + 1] == "]":
        return found, place + 1
    while True:
        value, place = _value(text, _space(text, place), depth)
        found.append(value)
        place = _space(text, place)
        follows = text[place : place + 1]
        if follows == "]":
            return found, place + 1
        if follows != ",":
            raise ValueError(f"{follows!r} behind a value")
        place += 1


def _value(text: str, place: int, depth: int) -> tuple[Token, int]:
    first = text[place : place + 1]
    if first in ("{", "["):
        end = _nested_end(text, place, depth)
        return Nested(text[place:end]), end
    if first in STRINGS:
        return _string(text, place)
    for pattern in (NUMBER, NO_NUMBER):
        if found := pattern.match(text, place):
            return found[0].encode(), found.end()
    if found := WORD.match(text, place):
        return WORDS[found[0]], found.end()
    raise ValueError(f"{first!r} begins no value")


def _nested_end(text: str, place: int, depth: int) -> int:
    """Where an object or a list ends: found by Python's parser, and where that is too strict, by this one."""
    if depth > DEEPEST:
        raise ValueError(f"deeper than {DEEPEST} levels")
    try:
        return int(_strict(text, place)[1])
    except (ValueError, StopIteration, RecursionError):
        pass  # it may be lenient JSON
    inner = _members if text[place] == "{" else _elements
    return inner(text, place, depth + 1)[1]


def _string(text: str, place: int) -> tuple[str, int]:
    quote = text[place : place + 1]
    if quote not in STRINGS:
        raise ValueError(f"{quote!r} where a quote was expected")
    if quote == '"':
        try:
            return scanstring(text, place + 1, True)
        except ValueError:
            pass  # it may hold an escaped single quote
    found = STRINGS[quote].match(text, place + 1)
    if found is None or text[found.end() : found.end() + 1] != quote:
        raise ValueError("a string without an end")
    return ESCAPE.sub(_unescaped, found[0]), found.end() + 1


def _unescaped(found: re.Match[str]) -> str:
    if found[0].startswith("\\u") and len(found[0]) > 2:
        return str(json.loads(f'"{found[0]}"'))
    if found[0][1] not in ESCAPES:
        raise ValueError(f"{found[0]!r} is no escape")
    return ESCAPES[found[0][1]]
