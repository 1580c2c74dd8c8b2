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
    path, value = details["loc"], _short(details["input"])
    key = ".".join(str(part) for part in path) or "(the whole)"
    match details["type"]:
        case "extra_forbidden":
            return f"{key}: unknown key (value {value}); {_keys(model, path)}"
        case "missing":
            return f"{key}: missing; allowed keys are {', '.join(allowed_keys(model, path[:-1]))}"
        case "literal_error":
            return f"{key}: {value} is not allowed; allowed values are {details['ctx']['expected']}"
        case "value_error":
            seen = "" if isinstance(details["input"], dict) else f"{value}: "
            return f"{key}: {seen}{details['ctx']['error']}"
    return f"{key}: {value} is wrong: {details['msg']}"


def _keys(model: type[BaseModel], path: Sequence[str | int]) -> str:
    allowed = allowed_keys(model, path[:-1])
    near = get_close_matches(str(path[-1]), allowed, n=1)
    return (f"did you mean {near[0]}? " if near else "") + f"allowed keys are {', '.join(allowed)}"


def allowed_keys(model: Any, path: Sequence[str | int]) -> list[str]:
    """The keys of the model that `path` leads to, e.g. ("gate",) or ("sources", "products")."""
    for part in path:
        model = _child(model, part)
    model = _bare(model)
    return sorted(model.model_fields) if _is_model(model) else []


def _child(annotation: Any, part: str | int) -> Any:
    annotation = _bare(annotation)
    if _is_model(annotation):
        field = annotation.model_fields.get(str(part))
        return field.annotation if field else None
    arguments = get_args(annotation)
    return arguments[-1] if get_origin(annotation) is dict else (arguments[0] if arguments else None)


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
