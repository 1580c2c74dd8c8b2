"""Tables of interactions for tests."""

import numpy as np
import pandas as pd

from rankstream import Settings
from rankstream.interactions import DAY_MS

BEGIN = 1_600_000_000_000  # ms since 1970
SMALL = Settings(
    least_sold=5,
    neighbours=8,
    factors=4,
    own=20,
    bought_together=10,
    bought_by_same=10,
    by_factors=10,
    popular=10,
    questions=300,
    negatives=30,
    rounds=30,
    ranker_days=30,
)


def world(seed: int = 0, entities: int = 60, days: int = 120) -> pd.DataFrame:
    """Interactions of entities that each like one of four groups of ten items, and come every few days.

    Within its group an entity has three favourites that it takes again and again.
    """
    random = np.random.default_rng(seed)
    rows = [row for entity in range(entities) for row in _of_entity(entity, days, random)]
    return pd.DataFrame(rows, columns=["entity", "item", "group", "at", "weight"])


def _of_entity(entity: int, days: int, random: np.random.Generator) -> list[tuple[str, str, str, int, float]]:
    liked = entity % 4
    favourites = random.choice(10, 3, replace=False)
    moments = BEGIN + (np.cumsum(random.uniform(1, 6, days)) * DAY_MS).astype(int)
    rows = []
    for at in moments[moments < BEGIN + days * DAY_MS].tolist():
        usual = [(liked, item) for item in favourites if random.random() < 0.6]
        other = [(liked if random.random() < 0.8 else int(random.integers(4)), int(random.integers(10)))]
        rows += [(f"e{entity}", f"g{group}i{item}", f"g{group}", at, 1.0) for group, item in usual + other]
    return rows
