"""What entities did: one at a time, and as a table."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from .errors import InteractionError, shown

COLUMNS = ("entity", "item", "group", "at", "weight")
NAMES = ("entity", "item", "group")
DAY_MS = 86_400_000
MOST = 1e100  # weight; sums of weights stay finite
LATEST = 2**53  # ms since 1970; up to here a float is exact


class Interaction(NamedTuple):
    """One item that an entity bought, chose or looked at."""

    entity: str
    item: str
    at: int  # ms since 1970
    group: str = ""  # what the item belongs to; empty for none
    weight: float = 1.0


def checked(interaction: Interaction) -> Interaction:
    """The same interaction, its weight a float. Raises InteractionError naming the field that cannot be."""
    for name in ("entity", "item"):
        value = getattr(interaction, name)
        if not isinstance(value, str) or not value:
            raise InteractionError(f"{name} is {shown(value)}; expected a text that is not empty")
    if not isinstance(interaction.group, str):
        raise InteractionError(f"group is {shown(interaction.group)}; expected a text, empty for none")
    if type(interaction.at) is not int or not 0 <= interaction.at < LATEST:
        raise InteractionError(f"at is {shown(interaction.at)}; expected whole milliseconds since 1970")
    if not _is_weight(interaction.weight):
        raise InteractionError(
            f"weight is {shown(interaction.weight)}; expected a number above 0 and below {MOST:g}"
        )
    return interaction if type(interaction.weight) is float else _in_floats(interaction)


def _in_floats(interaction: Interaction) -> Interaction:
    """States hold floats: 1 and 1.0 have to give the same bytes."""
    return interaction._replace(weight=float(interaction.weight))


def _is_weight(value: object) -> bool:
    """Compared, not converted: a whole number may be too large for a float. True is a number in Python alone."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < MOST


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """The table by time, then entity, then item, as text and numbers.

    Args:
        table: columns entity, item, group (text), at (ms since 1970), weight (above 0).

    Raises:
        InteractionError: a column is missing or has a value that cannot be.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise InteractionError(f"the table has no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    empty = [name for name in COLUMNS if table[name].isna().any()]
    if empty:
        raise InteractionError(f"column {', '.join(empty)} has empty values; expected one in each row")
    if not pd.api.types.is_integer_dtype(table["at"]) or (table["at"] < 0).any():
        raise InteractionError(f"column at is {table['at'].dtype}; expected whole milliseconds since 1970")
    if not (table["weight"] > 0).all() or not table["weight"].map(math.isfinite).all():
        raise InteractionError("column weight has values that are no number above 0")
    texts = table[list(COLUMNS)].astype({name: "object" for name in NAMES})
    return texts.sort_values(["at", "entity", "item"], kind="stable", ignore_index=True)


def each(table: pd.DataFrame) -> Iterator[Interaction]:
    """The rows of an ordered table as interactions."""
    columns = (table[name].tolist() for name in ("entity", "item", "at", "group", "weight"))
    return map(Interaction._make, zip(*columns, strict=True))
