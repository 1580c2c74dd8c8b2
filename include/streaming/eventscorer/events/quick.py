"""A quick yes to most events: a schema's plain parts as a msgspec type, which reads and checks JSON in one pass in C.

It only ever says yes: what it does not say yes to is judged by the compiled schema, which also knows what is wrong.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

EXACT = 2**53  # up to here a float holds every integer
SAYING = {"title", "description", "$comment", "examples", "default", "format"}  # keywords that forbid nothing
BOUNDS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}
LENGTHS = {"minLength": "min_length", "maxLength": "max_length"}
PLAIN = {"string": str, "number": float, "integer": int, "boolean": bool, "null": type(None)}
OF_OBJECT = {"type", "properties", "required", "additionalProperties", "$schema", "$id"} | SAYING
NEVER: Callable[[bytes], bool] = lambda _: False  # noqa: E731


class _NotPlainError(ValueError):
    pass


def quick_check(schema: Mapping[str, Any]) -> Callable[[bytes], bool]:
    """A function that says whether a body is surely JSON that is valid; never, where the schema is not plain."""
    try:
        decode = msgspec.json.Decoder(_object(schema)).decode
    except (_NotPlainError, TypeError, ValueError):
        return NEVER

    def valid(body: bytes) -> bool:
        try:
            decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        return True

    return valid


def _object(schema: Mapping[str, Any]) -> Any:
    additional = schema.get("additionalProperties", True)
    if set(schema) - OF_OBJECT or schema.get("type") != "object" or not isinstance(additional, bool):
        raise _NotPlainError
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if set(required) - set(properties):
        raise _NotPlainError
    fields: list[Any] = [
        (f"f{n}", *_field(own, name in required)) for n, (name, own) in enumerate(properties.items())
    ]
    renamed = {f"f{number}": name for number, name in enumerate(properties)}
    options: dict[str, Any] = {"kw_only": True, "rename": renamed, "forbid_unknown_fields": not additional}
    return msgspec.defstruct("Quick", fields, **options)


def _field(schema: Mapping[str, Any], required: bool) -> tuple[Any, ...]:
    kinds = schema.get("type")
    names = [kinds] if isinstance(kinds, str) else kinds
    if not names:
        raise _NotPlainError
    kind = reduce(or_, (_kind(name, schema) for name in names))
    return (kind,) if required else (kind | UnsetType, UNSET)


def _kind(name: str, schema: Mapping[str, Any]) -> Any:
    if name not in PLAIN or set(schema) - {"type"} - SAYING - set(BOUNDS) - set(LENGTHS):
        raise _NotPlainError
    of_kind = BOUNDS if name in ("number", "integer") else LENGTHS if name == "string" else {}
    limits = {of_kind[keyword]: value for keyword, value in schema.items() if keyword in of_kind}
    if any(isinstance(value, bool) or abs(value) >= EXACT for value in limits.values()):
        raise _NotPlainError
    return Annotated[PLAIN[name], Meta(**limits)] if limits else PLAIN[name]
