"""Inference requests that are valid, and what can go wrong with one."""

import json
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from .requests import as_matrix, by_column

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
# Anything JSON can hold that no field of a request expects, or that is hard to hold.
JUNK: list[Any] = [
    None,
    True,
    -1,
    1.5,
    2**63,
    10**400,
    "",
    "x",
    "\ud83d",
    [],
    [[]],
    {},
    {"a": 1},
    1e308,
    [None],
    "FP64",
]


@st.composite
def rows(draw: st.DrawFn) -> pd.DataFrame:
    """One to five rows of any finite value of each column."""
    count = draw(st.integers(1, 5))

    def column(values: st.SearchStrategy[Any], kind: str) -> Any:
        return np.array(draw(st.lists(values, min_size=count, max_size=count)), dtype=kind)

    kinds = {"amount": (FLOATS, "float64"), "visits": (INTEGERS, "int64"), "member": (st.booleans(), "bool")}
    return pd.DataFrame(
        {name: column(*kind) for name, kind in (kinds | {"share": (FLOATS, "float32")}).items()}
    )


@st.composite
def requests(draw: st.DrawFn) -> tuple[dict[str, Any], pd.DataFrame]:
    """A valid request in any of its forms, and its rows."""
    frame = draw(rows())
    further = {"id": draw(st.text()), "parameters": draw(st.dictionaries(st.text(), st.text(), max_size=2))}
    form = draw(st.sampled_from(["columns", "flat", "nested"]))
    if form == "columns":
        content = by_column(frame, **further)
        content["inputs"] = draw(st.permutations(content["inputs"]))
        return content, frame
    return as_matrix(frame, nested=form == "nested", **further), frame


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value below a request."""
    below = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    found = [path] if path else []
    return found + [place for key, value in below for place in places(value, (*path, key))]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A request of which some values are replaced by junk or removed; it may by chance still be valid."""
    content = draw(requests())[0]
    for _ in range(draw(st.integers(1, 3))):
        if found := places(content):
            _mutate(content, draw(st.sampled_from(found)), draw(st.sampled_from(["remove", *JUNK])))
    return json.dumps(content).encode()


def _mutate(content: Any, path: tuple[Any, ...], junk: Any) -> None:
    *above, last = path
    for key in above:
        content = content[key]
    if junk == "remove":
        del content[last]
    else:
        content[last] = junk


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A request that is certainly invalid: cut off, or a tensor lacks a field, a value or itself, or comes twice."""
    content = draw(requests())[0]
    at = draw(st.integers(0, len(content["inputs"]) - 1))
    tensor = content["inputs"][at]
    what = draw(st.sampled_from(["cut", "field", "value", "itself", "twice", "name", "datatype", "rows"]))
    if what == "cut":
        body = json.dumps(content).encode()
        return body[: draw(st.integers(0, len(body) - 1))]
    if what == "field":
        del tensor[draw(st.sampled_from(sorted(tensor)))]
    elif what == "value":
        tensor["data"].pop()
    elif what in ("itself", "twice"):
        content["inputs"][at : at + 1] = [tensor, tensor] if what == "twice" else []
    else:
        wrong = {"name": "x" + tensor["name"], "datatype": "BYTES", "rows": [6, *tensor["shape"][1:]]}
        tensor["shape" if what == "rows" else what] = wrong[what]
    return json.dumps(content).encode()
