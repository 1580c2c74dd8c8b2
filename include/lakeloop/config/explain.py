"""Turns pydantic's errors into sentences that name the key, the value seen and what is allowed there."""

from collections.abc import Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError


def explain(model: type[BaseModel], error: ValidationError) -> list[str]:
    """One line for each thing that is wrong."""
    lines = [_line(model, details) for details in error.errors(include_url=False)]
    return list(dict.fromkeys(lines))


def _line(model: type[BaseModel], details: Any) -> str:
    path, value = _without_tags(model, details["loc"]), _short(details["input"])
    key = ".".join(str(part) for part in path) or "(the whole)"
    match details["type"]:
        case "extra_forbidden":
            return f"{key}: unknown key (value {value}); {_keys(model, details['loc'])}"
        case "missing":
            return f"{key}: missing; allowed keys are {', '.join(allowed_keys(model, details['loc'][:-1]))}"
        case "literal_error":
            return f"{key}: {value} is not allowed; allowed values are {details['ctx']['expected']}"
        case "union_tag_invalid":
            allowed = details["ctx"]["expected_tags"]
            return f"{key}.kind: {details['ctx']['tag']!r} is not allowed; allowed values are {allowed}"
        case "union_tag_not_found":
            return f"{key}.kind: missing; allowed values are {', '.join(_tags(_at(model, details['loc'])))}"
        case "value_error":
            seen = "" if isinstance(details["input"], dict) else f"{value}: "
            return f"{key}: {seen}{details['ctx']['error']}"
    return f"{key}: {value} is wrong: {details['msg']}"


def _keys(model: type[BaseModel], path: Sequence[str | int]) -> str:
    allowed = allowed_keys(model, path[:-1])
    near = get_close_matches(str(path[-1]), allowed, n=1)
    return (f"did you mean {near[0]}? " if near else "") + f"allowed keys are {', '.join(allowed)}"


def allowed_keys(model: Any, path: Sequence[str | int]) -> list[str]:
    """The keys of the model that `path` leads to, e.g. ("gate",) or ("tables", "products").

    `path` is pydantic's: where a union has a `kind`, it holds the kind's value too.
    """
    model = _bare(_at(model, path))
    if not _is_model(model):
        return []
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _without_tags(model: Any, path: Sequence[str | int]) -> list[str | int]:
    """`path` as it is written in the YAML file: without the kinds that pydantic puts in between."""
    written = []
    for part in path:
        if part not in _tags(model):
            written.append(part)
        model = _child(model, part)
    return written


def _at(model: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        model = _child(model, part)
    return model


def _child(annotation: Any, part: str | int) -> Any:
    if part in _tags(annotation):
        return _tags(annotation)[str(part)]
    annotation = _bare(annotation)
    if _is_model(annotation):
        fields = {field.alias or name: field for name, field in annotation.model_fields.items()}
        field = fields.get(str(part))
        return field.annotation if field else None
    arguments = get_args(annotation)
    return arguments[-1] if get_origin(annotation) is dict else (arguments[0] if arguments else None)


def _tags(annotation: Any) -> dict[str, Any]:
    """The models of a union by the value of their `kind`; empty for anything else."""
    while get_origin(annotation) is Annotated or get_args(annotation)[1:] == (type(None),):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) not in (Union, UnionType):
        return {}
    models = [argument for argument in get_args(annotation) if _is_model(argument)]
    return {get_args(m.model_fields["kind"].annotation)[0]: m for m in models if "kind" in m.model_fields}


def _bare(annotation: Any) -> Any:
    """The type without ``Annotated`` and without ``None``."""
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = next(argument for argument in get_args(annotation) if argument is not type(None))
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
