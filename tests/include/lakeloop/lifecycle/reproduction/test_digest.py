"""One digest, one set of rows: whatever changes, changes it, and storing does not."""

import io

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop.lifecycle.reproduction.digest import digest

VALUES = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.just(0.0), st.just(-0.0))
TEXTS = st.one_of(st.none(), st.text(max_size=5))


def frames(rows: list[tuple[float, str | None]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": pd.Series([x for x, _ in rows], dtype="float64"),
            "t": pd.Series([t for _, t in rows], dtype="object"),
        }
    )


@settings(deadline=None)
@given(st.lists(st.tuples(VALUES, TEXTS), min_size=1, max_size=8))
def test_it_is_the_same_for_a_copy_and_after_a_change_of_storage(
    rows: list[tuple[float, str | None]],
) -> None:
    frame = frames(rows)
    stored = io.BytesIO()
    frame.to_parquet(stored)

    assert digest(frame) == digest(frame.copy()) == digest(pd.read_parquet(stored))


@settings(deadline=None)
@given(st.lists(st.tuples(VALUES, TEXTS), min_size=1, max_size=8), st.data())
def test_any_other_value_changes_it(rows: list[tuple[float, str | None]], data: st.DataObject) -> None:
    frame, place = frames(rows), data.draw(st.integers(0, len(rows) - 1))
    other = frame.copy()
    before = float(frame.loc[place, "x"])  # type: ignore[arg-type]
    other.loc[place, "x"] = np.nextafter(before, 1e308) if np.isfinite(before) else 1.5

    assert digest(other) != digest(frame)
    other = frame.copy()
    other.loc[place, "t"] = f"{frame.loc[place, 't']}!"
    assert digest(other) != digest(frame)


def test_order_names_and_types_are_part_of_it() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [1, 2]})

    others = [
        frame.iloc[::-1],
        frame[["b", "a"]],
        frame.rename(columns={"a": "c"}),
        frame.astype("float64"),
        frame[:1],
    ]
    assert len({digest(frame), *map(digest, others)}) == 6
    assert digest(pd.DataFrame({"a": [0.0]})) != digest(pd.DataFrame({"a": [-0.0]}))
    assert digest(pd.DataFrame({"a": []})) != digest(pd.DataFrame())
