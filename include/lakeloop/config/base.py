"""What every configuration model shares: frozen, strict, no unknown key; names that SQL can hold unquoted."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Config(BaseModel):
    """A piece of configuration. Strict: ``"4"`` is no number and ``yes`` is no text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60, description="lower case, as in SQL")]
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
