"""One version of a model that may take traffic."""

from msgspec import Struct

from ..protocol.features import Features
from .native import Scorer


class Version(Struct, frozen=True):
    """Verified and ready; requests that hold it are answered by it, whatever is loaded or unloaded meanwhile."""

    name: str
    number: str
    features: Features
    score: Scorer
    classes: int | None  # of an answer [rows, classes]; None for [rows]
