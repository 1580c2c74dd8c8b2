"""All that suggestions need beside an entity's state."""

from dataclasses import dataclass

import xgboost as xgb

from .catalogue import Catalogue
from .settings import Settings
from .statistics import Statistics


@dataclass(frozen=True)
class Model:
    """What a fit gives.

    Attributes:
        until: ms since 1970, of the newest interaction that it has seen.
    """

    settings: Settings
    catalogue: Catalogue
    known: Statistics
    ranker: xgb.Booster
    until: int
