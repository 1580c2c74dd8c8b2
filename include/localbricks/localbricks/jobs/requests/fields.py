"""How a request is read: strictly, with what cannot be computed refused by name."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """A part of a request; an unknown field is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def as_sent(self) -> dict[str, Any]:
        """Return what the client sent, and only that, as JSON types."""
        return self.model_dump(mode="json", exclude_unset=True)


def is_empty(value: Any) -> bool:
    """Whether a value asks for nothing: null, false, or nested lists and objects without content."""
    if isinstance(value, dict):
        return all(is_empty(item) for item in value.values())
    if isinstance(value, list):
        return all(is_empty(item) for item in value)
    return value in (None, False, "")


def _refuse(value: Any) -> Any:
    if not is_empty(value):
        raise ValueError("not supported by the local workspace yet; leave the field out")
    return value


Unsupported = Annotated[Any, AfterValidator(_refuse)]
"""A field of the real API that would change what runs: accepted only when it asks for nothing."""

Int32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""Numbers of the API are of one of these types; a larger one is refused, as nothing here could keep it."""

Metadata = Any
"""A field that changes nothing about a run: stored and returned as it came."""
