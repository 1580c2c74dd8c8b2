"""Properties files as Java's ``Properties.load`` reads them."""

import re
from collections.abc import Mapping

ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}


def properties(values: Mapping[str, str]) -> str:
    """One ``name=value`` line each, in ASCII: Java takes the bytes of such a file for Latin-1.

    See https://docs.oracle.com/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader).
    """
    return "".join(f"{_name(name)}={_escaped(value)}\n" for name, value in values.items())


def _name(name: str) -> str:
    """A blank, a colon or an equals sign would end it; in front, # and ! would begin a comment."""
    return re.sub(r"[ :=#!]", r"\\\g<0>", _escaped(name).removeprefix("\\"))


def _escaped(value: str) -> str:
    text = "".join(ESCAPES.get(letter) or _ascii(letter) for letter in value)
    return f"\\{text}" if text.startswith(" ") else text


def _ascii(letter: str) -> str:
    """The letter, or the ``\\uXXXX`` of each of its UTF-16 units."""
    if " " <= letter <= "~":
        return letter
    units = letter.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
