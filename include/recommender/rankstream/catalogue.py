"""The items that can be suggested, and their groups, by number."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .errors import InteractionError


class Catalogue:
    """Items in the order of their names, and the group of each.

    Args:
        items: names, sorted and unique.
        groups: names, sorted and unique.
        group_of: [items], the number of each item's group, -1 for none.
    """

    def __init__(self, items: Sequence[str], groups: Sequence[str], group_of: np.ndarray) -> None:
        self.items, self.groups = list(items), list(groups)
        self.group_of = np.asarray(group_of, dtype=np.int32)
        self.item_number = {name: number for number, name in enumerate(self.items)}
        self.group_number = {name: number for number, name in enumerate(self.groups)}

    def __len__(self) -> int:
        return len(self.items)

    def numbers(self, items: pd.Series) -> np.ndarray:
        """[rows], the number of each name, -1 for one that is not in the catalogue."""
        return items.map(self.item_number).fillna(-1).to_numpy(dtype=np.int32)


def catalogue_of(table: pd.DataFrame, least_sold: int) -> Catalogue:
    """The items that came at least so often; an item's group is the one it came with last.

    Raises:
        InteractionError: there is no such item.
    """
    counts = table["item"].value_counts()
    items = sorted(counts.index[counts >= least_sold])
    if not items:
        raise InteractionError(
            f"no item came {least_sold} times in {len(table)} interactions; lower the setting least_sold"
        )
    group = table.drop_duplicates("item", keep="last").set_index("item")["group"].reindex(items)
    groups = sorted(set(group) - {""})
    numbers = {name: number for number, name in enumerate(groups)}
    return Catalogue(items, groups, np.array([numbers.get(name, -1) for name in group], dtype=np.int32))
