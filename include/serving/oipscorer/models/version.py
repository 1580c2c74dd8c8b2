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
