"""What a recommender may be told, and its defaults."""

import hashlib
import math
from typing import Any

import msgspec
from msgspec import Struct

from .errors import SettingsError

MAY_BE_ZERO = {"seed", "own", "bought_together", "bought_by_same", "by_factors"}


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All that decides how states are kept, what is retrieved and how the ranker is trained."""

    # the state
    visit_gap_minutes: int = 30  # an interaction that comes later than this begins a new visit
    short_days: float = 14.0  # half-lives of the two decayed counts
    long_days: float = 90.0
    items_kept: int = 1000  # the most recent items, and groups, of an entity
    groups_kept: int = 400
    # the catalogue and what is known of its items
    least_sold: int = 30  # interactions that an item needs to be suggested at all
    popular_days: int = 14  # what counts as recent popularity
    neighbours: int = 50  # kept of each item
    factors: int = 32
    # retrieval: the most candidates of each origin
    own: int = 200
    bought_together: int = 60
    bought_by_same: int = 100
    by_factors: int = 60
    popular: int = 50
    # questions and the ranker
    horizon_days: int = 7  # a question asks what comes within this time
    ranker_days: int = 42  # before the end of the table, from which the ranker learns
    questions: int = 5000  # that it learns from, at most
    negatives: int = 100  # candidates without a purchase that it sees of each question, at most
    rounds: int = 150
    depth: int = 5
    learning_rate: float = 0.08
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if not 0 <= value < math.inf or (value == 0 and name not in MAY_BE_ZERO):
                raise SettingsError(f"setting {name} is {value}; expected more than 0")

    @property
    def visit_gap_ms(self) -> int:
        """Milliseconds without an interaction after which a new visit begins."""
        return self.visit_gap_minutes * 60_000

    def fingerprint(self) -> bytes:
        """8 bytes that two settings share whose states are the same."""
        kept = (self.visit_gap_minutes, self.short_days, self.long_days, self.items_kept, self.groups_kept)
        return hashlib.sha256(msgspec.json.encode(kept)).digest()[:8]


def settings_of(values: dict[str, Any]) -> Settings:
    """Settings from a dict, such as one read from YAML. Raises SettingsError for an unknown name or a wrong value."""
    try:
        return msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(
            f"settings: {error}; known are {', '.join(Settings.__struct_fields__)}"
        ) from error
