"""Tables that cannot be are refused; those that can are put into one order."""

import pandas as pd
import pytest

from rankstream import Interaction, InteractionError
from rankstream.interactions import each, ordered


def test_any_order_gives_the_same(table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(ordered(table), ordered(table.sample(frac=1, random_state=3)))


def test_rows_are_interactions(table: pd.DataFrame) -> None:
    first = next(each(ordered(table)))

    assert isinstance(first, Interaction)
    assert type(first.at) is int
    assert first.group == first.item[:2]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda t: t.drop(columns="group"), "no column group"),
        (lambda t: t.assign(item=None), "column item has empty values"),
        (lambda t: t.assign(at=t["at"].astype(float)), "column at is float64"),
        (lambda t: t.assign(at=-1), "column at"),
        (lambda t: t.assign(weight=0.0), "column weight"),
        (lambda t: t.assign(weight=float("inf")), "column weight"),
    ],
)
def test_what_cannot_be_is_named(table: pd.DataFrame, change, named: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InteractionError, match=named):
        ordered(change(table))
