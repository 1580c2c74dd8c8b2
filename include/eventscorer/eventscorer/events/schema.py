"""An event's schema, compiled once to Python code."""

from collections.abc import Callable, Mapping
from typing import Any

import fastjsonschema

from ..errors import ConfigError

Violation = Callable[[Any], str | None]


def compiled(schema: Mapping[str, Any]) -> Violation:
    """A function that says what is wrong with an object, or None. Raises ConfigError for what is no schema.

    fastjsonschema, because it compiles: it takes a fifteenth of jsonschema's time, see benchmarks/schema.py.
    """
    try:
        # without defaults: an event is scored as it was sent
        validate = fastjsonschema.compile(dict(schema), use_default=False)
    except (fastjsonschema.JsonSchemaDefinitionException, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"schema: {error}, expected a JSON Schema") from error

    def violation(value: Any) -> str | None:
        try:
            validate(value)
        except fastjsonschema.JsonSchemaValueException as error:
            return str(error.message)
        return None

    return violation
