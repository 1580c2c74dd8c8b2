"""The compiled schema agrees with jsonschema, the other engine, on every object."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventscorer.errors import ConfigError
from eventscorer.events.schema import compiled

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 2, "pattern": "^[a-c]+$"},
        "amount": {"type": "number", "minimum": 0, "exclusiveMaximum": 10},
        "kind": {"enum": ["a", "b", None]},
        "where": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "note": {"type": ["string", "null"]},
    },
    "required": ["id", "amount"],
    "additionalProperties": False,
}
ANY = st.none() | st.booleans() | st.integers(-3, 12) | st.floats(-3, 12) | st.text("abcd", max_size=3)
OBJECTS = st.dictionaries(
    st.sampled_from([*SCHEMA["properties"], "other"]),  # type: ignore[list-item]
    ANY | st.lists(ANY, max_size=3),
)
violation = compiled(SCHEMA)
oracle = jsonschema.Draft7Validator(SCHEMA)


@given(OBJECTS)
def test_both_engines_refuse_the_same(value: dict[str, Any]) -> None:
    assert (violation(value) is None) == oracle.is_valid(value)


def test_an_event_is_left_as_it_was_sent() -> None:
    value: dict[str, Any] = {}
    compiled({"type": "object", "properties": {"a": {"default": 1}}})(value)
    assert value == {}


@pytest.mark.parametrize(
    "schema", [{"type": "nmber"}, {"pattern": "("}, {"$ref": "https://example.com/a.json"}]
)
def test_what_is_no_schema_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="expected a JSON Schema"):
        compiled(schema)
