"""The compiled schema agrees with jsonschema, the other engine, on every object."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventscorer.errors import ConfigError
from eventscorer.events.quick import NEVER, quick_check
from eventscorer.events.schema import compiled

SCHEMA: dict[str, Any] = {
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
    st.sampled_from([*SCHEMA["properties"], "other"]),
    ANY | st.lists(ANY, max_size=3),
)
violation = compiled(SCHEMA)
oracle = jsonschema.Draft7Validator(SCHEMA)


@given(OBJECTS)
def test_both_engines_refuse_the_same(value: dict[str, Any]) -> None:
    assert (violation(value) is None) == oracle.is_valid(value)


PLAIN_SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 2},
        "amount": {"type": "number", "minimum": 0, "exclusiveMaximum": 10},
        "visits": {"type": "integer", "maximum": 10},
        "note": {"type": ["string", "null"]},
        "member": {"type": "boolean"},
    },
    "required": ["id", "amount"],
}


@pytest.mark.parametrize("additional", [True, False])
@given(value=st.dictionaries(st.sampled_from(["id", "amount", "visits", "note", "member", "x y"]), ANY) | ANY)
def test_the_quick_check_says_yes_to_nothing_that_is_wrong(value: Any, additional: bool) -> None:
    schema = {**PLAIN_SCHEMA, "additionalProperties": additional}
    if quick_check(schema)(json.dumps(value).encode()):
        assert jsonschema.Draft7Validator(schema).is_valid(value)


def test_the_quick_check_says_yes_to_an_event() -> None:
    event = {"id": "é", "amount": 1, "visits": 3, "note": None, "more": [1]}
    assert quick_check(PLAIN_SCHEMA)(json.dumps(event).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]"])
def test_the_quick_check_says_yes_to_no_junk(body: bytes) -> None:
    assert not quick_check({"type": "object"})(body)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"enum": [1]}}},
        {"type": "object", "anyOf": [{"required": ["a"]}]},
        {"type": "object", "properties": {"a": {"type": "array"}}},
        {"type": "object", "required": ["a"]},
        {"type": "object", "properties": {"a": {"type": "number", "multipleOf": 2}}},
    ],
)
def test_where_the_schema_is_not_plain_the_quick_check_never_says_yes(schema: dict[str, Any]) -> None:
    assert quick_check(schema) is NEVER


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
