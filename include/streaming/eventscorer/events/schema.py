"""An event's schema, compiled once to Python code."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import fastjsonschema

from ..errors import ConfigError

DEFECTS = (fastjsonschema.JsonSchemaDefinitionException, re.error, ValueError, TypeError, AttributeError)
Violation = Callable[[Any], str | None]


def _refuse(address: str) -> Any:
    """fastjsonschema would download what a ``$ref`` names."""
    raise ValueError(f"$ref {address!r} leads elsewhere")


HANDLERS = {"http": _refuse, "https": _refuse, "ftp": _refuse, "file": _refuse}


def compiled(schema: Mapping[str, Any]) -> Violation:
    """A function that says what is wrong with an object, or None. Raises ConfigError for what is no schema.

    fastjsonschema, because it compiles: it takes a fifteenth of jsonschema's time, see benchmarks/schema.py.
    """
    try:
        # without defaults: an event is scored as it was sent
        validate = fastjsonschema.compile(dict(schema), HANDLERS, use_default=False)
    except DEFECTS as error:
        raise ConfigError(f"schema: {error}, expected a JSON Schema") from error

    def violation(value: Any) -> str | None:
        try:
            validate(value)
        except fastjsonschema.JsonSchemaValueException as error:
            return str(error.message)
        return None

    return violation
