"""What every configuration model shares: frozen, strict, no unknown key; names that SQL can hold unquoted."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Config(BaseModel):
    """A piece of configuration. Strict: ``"4"`` is no number, ``.nan`` neither, and ``yes`` is no text."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_default=True, allow_inf_nan=False
    )


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is there more than once")
    return names


@cache
def _timezones() -> set[str]:
    """Reads a folder of 600 files."""
    return available_timezones()


def known_timezone(name: str) -> str:
    """`name` itself. Raises ValueError when it is no time zone."""
    if name not in _timezones():
        raise ValueError("is no time zone of the IANA database, expected for example UTC or Europe/Berlin")
    return name


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60, description="lower case, as in SQL")]
Names = Annotated[tuple[Name, ...], AfterValidator(_distinct)]
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Minutes = Annotated[int, Field(ge=1, le=240)]
Timezone = Annotated[str, AfterValidator(known_timezone)]
