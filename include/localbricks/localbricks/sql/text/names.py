"""Dotted names in SQL text."""

from collections.abc import Iterable

from .tokens import tokens

_PART = r"(?:`(?:[^`]|``)+`|\w+)"
# A name of one to three parts, as a piece of a regular expression.
NAME = rf"{_PART}(?:\.{_PART}){{0,2}}"


def parts_of(name: str) -> list[str]:
    """Return the parts of a dotted name, without backticks and in the case as written."""
    parts = [token for token in tokens(name) if token.kind != "space" and token.text != "."]
    return [p.text[1:-1].replace("``", "`") if p.kind == "quoted" else p.text for p in parts]


def quoted(parts: Iterable[str]) -> str:
    """Return the parts as one name, each in backticks."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in parts)
