"""One version of a model that may take traffic."""

from msgspec import Struct

from ..protocol.features import Features
from .engines.engine import Engine, Score


class Version(Struct, frozen=True):
    """Verified and ready; requests that hold it are answered by it, whatever is loaded or unloaded meanwhile."""

    name: str
    number: str
    features: Features
    engine: Engine

    @property
    def score(self) -> Score:
        """The engine's."""
        return self.engine.score

    @property
    def width(self) -> int:
        """How many features it has."""
        return len(self.features.names)

    @property
    def silent(self) -> str:
        """Why it gives no reasons; empty where it does."""
        return self.engine.silent
