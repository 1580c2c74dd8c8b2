"""What the local workspace does not have."""

from typing import Any


class Unsupported:
    """A part of dbutils that is refused by name when it is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        raise NotImplementedError(f"dbutils.{self._name}.{attribute} is not supported by the local workspace")
